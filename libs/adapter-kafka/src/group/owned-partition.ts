import { progress, pump, withinBytes, type Progress, type Pump } from '@hookyard/consumer-groups';
import { Fault } from '@hookyard/event-schemas';
import { defaultMaxBatchBytes, type Batch, type Clock, type ConsumeOptions, type Consumption, type Message, type TopicPartition } from '@hookyard/ports';
import type { Fetcher } from '../fetch/fetcher.ts';
import type { PartitionBuffer } from '../fetch/partition-buffer.ts';
import type { Fence } from './fence.ts';

/** A partition of which this member is the owner, from its assignment until it has been let go of. */
export interface OwnedPartition {
  readonly at: TopicPartition;
  readonly fence: Fence;
  readonly progress: Progress;
  /** `onAssigned` has been called for it. */
  isTold: boolean;
  /** The call of `onAssigned` in hand. */
  telling?: Promise<void>;
  /** It is being given up: no further batch. */
  isLeaving: boolean;
  /** It may belong to another member already: nothing can be committed for it. */
  isLost: boolean;
  /** Begins to consume from an offset on. */
  start(from: number): void;
  /** To be called when it may go on after a pause. */
  wake(): void;
  /** To be called with every commit that names it. */
  onCommit(): void;
  /** Waits for the batch in hand. */
  stop(): Promise<void>;
}

export type OwnedPartitionOptions = {
  readonly at: TopicPartition;
  readonly fence: Fence;
  readonly options: ConsumeOptions;
  readonly consumption: () => Consumption;
  readonly clock: Clock;
  readonly fetcher: Fetcher;
  /** The group's position here, once nothing is about to change it. */
  readonly position: () => Promise<number>;
  readonly isPaused: () => boolean;
  readonly isOver: () => boolean;
};

const defaultMaxBatch = 500;

export function ownedPartition({ at, fence, options, consumption, clock, fetcher, position, isPaused, isOver }: OwnedPartitionOptions): OwnedPartition {
  const { maxBatch = defaultMaxBatch, maxBatchBytes = defaultMaxBatchBytes } = options;
  const reached = progress(-1);
  let buffer: PartitionBuffer | undefined;
  let pumping: Pump | undefined;
  // After the batch in hand: beyond its last message when nothing that readers see is left in the buffer, so that no marker is taken for work.
  let next = 0;
  let hasTriedToCommit = false;
  let isAgain = false;

  function read(from: number, limit: number): readonly Message[] {
    if (isOver() || buffer === undefined) throw new Fault('closed');
    const end = buffer.end();
    const found = buffer.read(from, limit + 1);
    const page = withinBytes(found.slice(0, limit), maxBatchBytes);
    next = page.length === found.length ? end : (page.at(-1)?.offset ?? from) + 1;
    return page;
  }

  async function deliver(messages: readonly Message[]): Promise<void> {
    const rest = isAgain ? await uncommitted(messages) : messages;
    isAgain = false;
    if (rest.length === 0) return;
    hasTriedToCommit = false;
    try {
      await handle({ ...at, messages: rest, consumption: consumption() });
    } catch (error) {
      isAgain = hasTriedToCommit && options.commit !== 'manual';
      throw error;
    }
  }

  /** What was handled may have been committed although nobody could say so, or in part: only what was not is handled again. */
  async function uncommitted(messages: readonly Message[]): Promise<readonly Message[]> {
    await fence.raise();
    const from = await position();
    return messages.filter(({ offset }) => offset >= from);
  }

  async function handle(batch: Batch): Promise<void> {
    const outputs = await options.handle(batch);
    if (options.commit === 'manual') return;
    try {
      await consumption().commit([{ ...at, offset: next }], outputs ?? []);
    } catch (error) {
      options.onCommitFailed?.(error, batch);
      throw error;
    }
  }

  return {
    at,
    fence,
    progress: reached,
    isTold: false,
    isLeaving: false,
    isLost: false,
    start(from) {
      buffer = fetcher.add(at, from, { onMore: () => pumping?.wake(), onReset: (offset) => reached.reach(offset) });
      pumping = pump<Message>({ clock, from, end: buffer.end, read, after: ({ offset }) => offset + 1, limit: maxBatch, handle: deliver, isPaused, progress: reached });
    },
    wake: () => pumping?.wake(),
    onCommit: () => void (hasTriedToCommit = true),
    async stop() {
      await pumping?.stop();
      buffer?.remove();
      reached.end(new Fault('not_assigned', at));
    },
  };
}
