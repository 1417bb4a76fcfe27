import { randomUUID } from 'node:crypto';
import { backoffMs, type PlacedMessage } from '@hookyard/consumer-groups';
import type { MessagePosition } from '@hookyard/ports';
import { codes, isKafkaError, isPassing, isStale, unavailable } from '../connection/errors.ts';
import type { GroupOffsets } from './group-offsets.ts';
import { InDoubt, takeOver, type TransactionalProducer, type TransactionOptions } from './transaction.ts';

/**
 * What stands between a partition and its former owners: a transactional id of its own. Taking it over aborts what they left open and refuses
 * what they still send; only after that are the group's positions read. Its transactions come one after the other.
 */
export interface Fence {
  /** Resolves when nothing that was begun before, by whomever, can change the partition's position by a transaction any more. */
  raise(): Promise<void>;
  /**
   * Positions and outputs, all or nothing. Answers where the outputs are. Refused with `unavailable` when it took too long; whether it has
   * taken place after all is settled by `raise`.
   */
  commit(work: Work): Promise<readonly MessagePosition[]>;
}

export type Work = {
  readonly positions: readonly MessagePosition[];
  readonly outputs: readonly PlacedMessage[];
  /** Throws when the member no longer owns what it is about. */
  readonly require: () => void;
};

export type FenceOptions = TransactionOptions & {
  readonly offsets: GroupOffsets;
  /** How long a commit is tried. */
  readonly withinMs: number;
  /** Resolves when the group has confirmed that this member belongs to it. */
  readonly confirm: () => Promise<void>;
  /** Whether the partition is still wanted by its owner. */
  readonly isWanted: () => boolean;
};

const longestRestMs = 1_000;

// Said by the servers when the id was taken over by somebody, or when a transaction took too long and was aborted.
const shutOut = [codes.invalidProducerEpoch, codes.producerFenced, codes.invalidTransactionState, codes.invalidProducerIdMapping, codes.unknownProducerId, codes.outOfOrderSequence];

export function fence(options: FenceOptions): Fence {
  const { wire, offsets, confirm } = options;
  let producer: TransactionalProducer | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function raised(isWanted: () => boolean): Promise<TransactionalProducer> {
    producer ??= await takeOver(options, isWanted);
    return producer;
  }

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  }

  async function commit(work: Work): Promise<readonly MessagePosition[]> {
    const deadline = performance.now() + options.withinMs;
    const isGood = () => performance.now() < deadline && options.isWanted() && holds(work);
    for (let failures = 1; ; failures += 1) {
      work.require();
      const mark = randomUUID();
      let places: readonly MessagePosition[] = [];
      try {
        const current = await raised(isGood);
        places = await current.fill(work.outputs, withOffsets(work, mark));
        if (work.positions.length === 0) await confirm();
        work.require();
        await current.end(isGood);
        wire.health.count('transactions');
        return places;
      } catch (error) {
        // Whatever it was, this transaction is not gone on with: taking the id over anew ends it, if it has not ended.
        producer = undefined;
        if (!(error instanceof InDoubt)) await setAside(error, isGood);
        else if (await wasCommitted(work, mark, { isGood, cause: error })) return places;
        work.require();
        if (!isGood()) throw unavailable('commit a transaction', error);
      }
      await wire.pause(Math.min(backoffMs(failures), longestRestMs));
    }
  }

  function withOffsets({ positions, require }: Work, mark: string) {
    if (positions.length === 0) return undefined;
    return (identity: Parameters<GroupOffsets['addToTransaction']>[0]['identity']) => offsets.addToTransaction({ identity, positions, mark, require });
  }

  /** Throws what trying again would not change. */
  async function setAside(error: unknown, isGood: () => boolean): Promise<void> {
    if (isStale(error)) wire.metadata.doubt();
    const isShutOut = isKafkaError(error, ...shutOut);
    if (isShutOut) wire.health.count('fenced');
    else if (!isPassing(error)) {
      // Readers of its outputs wait for the end of the transaction.
      await raised(isGood).catch(() => {});
      throw error;
    }
    // By another owner, then that is what the group says too; else by the clock.
    if (isShutOut && isGood()) await confirm().catch(() => {});
  }

  /** Whether the transaction in doubt was committed. Throws when nobody can know. */
  async function wasCommitted({ positions, require }: Work, mark: string, { isGood, cause }: { readonly isGood: () => boolean; readonly cause: unknown }): Promise<boolean> {
    wire.health.count('inDoubt');
    if (positions.length === 0) throw unavailable('say whether a transaction was committed', cause);
    try {
      await raised(isGood);
      const found = await offsets.stable([...new Set(positions.map(({ topic }) => topic))]);
      return positions.some((position) => found.get(position)?.mark === mark);
    } catch (error) {
      // Then it is for the new owner, who reads the positions after having settled it.
      require();
      throw unavailable('say whether a transaction was committed', error);
    }
  }

  return {
    raise: () => inTurn(async () => void (await raised(options.isWanted))),
    commit: (work) => inTurn(() => commit(work)),
  };
}

function holds({ require }: Work): boolean {
  try {
    require();
    return true;
  } catch {
    return false;
  }
}
