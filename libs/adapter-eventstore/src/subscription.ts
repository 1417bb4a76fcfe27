import { backoff, pump } from '@hookyard/consumer-groups';
import { Fault } from '@hookyard/event-schemas';
import type { Clock, EventSubscription, RecordedEvent, SubscribeOptions } from '@hookyard/ports';
import type { Connection } from './connection.ts';
import { openFeed, type Feed } from './feed.ts';
import type { Heads } from './heads.ts';
import type { Reads } from './reads.ts';

export type SubscriptionParts = { readonly connection: Connection; readonly reads: Reads; readonly heads: Heads; readonly clock: Clock };

// As many as a read answers by default.
const eventsInCall = 1_000;
// Beyond the first the feed is paused, below the second it goes on.
const [mostWaiting, fewWaiting] = [3_000, 1_000];

/** A feed of events, opened again where it was cut off, for a handler that gets what has arrived, one call at a time. */
export function subscription({ connection, reads, heads, clock }: SubscriptionParts, options: SubscribeOptions): EventSubscription {
  const { after = -1, streamPrefix = '' } = options;
  const rest = backoff(clock);
  let waiting: RecordedEvent[] = [];
  /** Every event asked for up to here has arrived. */
  let known = after;
  let feed: Feed | undefined;
  let failures = 0;
  let isPaused = false;
  let owesCaughtUp = false;
  let isStopped = false;
  let looking: Promise<void> | undefined;
  /** Not at once: a handler gets in one call what has arrived together. */
  let waking: NodeJS.Immediate | undefined;

  const reader = pump<RecordedEvent>({
    clock,
    from: known + 1,
    end: () => known + 1,
    read: take,
    after: (event) => event.position + 1,
    limit: eventsInCall,
    handle: options.handle,
    onIdle() {
      waiting = [];
      tellCaughtUp();
    },
  });

  const hasHandledAll = () => reader.progress.position() > known;

  function wake(): void {
    waking = undefined;
    reader.wake();
  }

  function take(from: number, limit: number): readonly RecordedEvent[] {
    const handled = waiting.findIndex(({ position }) => position >= from);
    waiting = handled < 0 ? [] : waiting.slice(handled);
    if (isPaused && waiting.length < fewWaiting) {
      isPaused = false;
      feed?.resume();
    }
    return waiting.slice(0, limit);
  }

  function reach(position: number): void {
    failures = 0;
    connection.heard();
    heads.saw(position);
    if (position > known) known = position;
    waking ??= setImmediate(wake);
  }

  function tellCaughtUp(): void {
    if (!owesCaughtUp || !hasHandledAll()) return;
    owesCaughtUp = false;
    options.onCaughtUp?.();
  }

  function openOne(): void {
    const client = connection.client();
    feed = openFeed(client.db, { after: known, streamPrefix }, {
      onEvent(event) {
        // What was given before, to a feed that was cut off.
        if (event.position <= known) return;
        waiting.push(event);
        reach(event.position);
        if (waiting.length < mostWaiting || isPaused) return;
        isPaused = true;
        feed?.pause();
      },
      onCheckpoint: reach,
      onCaughtUp() {
        reach(known);
        owesCaughtUp = true;
        tellCaughtUp();
      },
      onEnd(error) {
        connection.failed(client, error);
        void resume();
      },
    });
  }

  /** Opens another feed in the place of the one there is. */
  async function resume(): Promise<void> {
    if (feed === undefined || isStopped) return;
    feed.close();
    feed = undefined;
    isPaused = false;
    failures += 1;
    await rest.wait(failures);
    if (isStopped) return;
    connection.count('resumed');
    openOne();
  }

  /** Finds out whether something is still to come, for those who wait for a position that no event of ours has. */
  async function look(position: number): Promise<void> {
    const head = await reads.head();
    if (head < position) return;
    const [missing] = await reads.all({ after: known, streamPrefix, limit: 1 });
    if (missing === undefined) reach(head);
  }

  async function lookUntil(isReached: () => boolean, position: number): Promise<void> {
    for (let waits = 1; !isReached(); waits += 1) {
      const before = known;
      await rest.wait(waits);
      const isIdle = known === before && hasHandledAll();
      if (!isReached() && isIdle) await (looking ??= look(position).catch(() => {}).finally(() => (looking = undefined)));
    }
  }

  async function whenReached(position: number): Promise<void> {
    let isReached = reader.progress.position() > position;
    const reached = reader.progress.whenReached(position + 1).finally(() => (isReached = true));
    if (!isReached) void lookUntil(() => isReached || isStopped, position);
    return reached;
  }

  const unlisten = connection.onReplaced(() => void resume());
  openOne();

  return {
    whenReached,
    async stop() {
      isStopped = true;
      unlisten();
      feed?.close();
      rest.cut();
      reader.progress.end(new Fault('closed'));
      await reader.stop();
    },
  };
}
