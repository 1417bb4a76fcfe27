import { backoffMs, type PlacedMessage } from '@hookyard/consumer-groups';
import type { MessagePosition } from '@hookyard/ports';
import type { Channel } from '../connection/channel.ts';
import { codes, isKafkaError, isPassing, KafkaError, NoAnswer, requireOk } from '../connection/errors.ts';
import type { ProducerIdentity } from '../connection/protocol.ts';
import type { Wire } from '../connection/wire.ts';
import { coordinator, oneCode } from './coordinator.ts';
import { describeTransaction } from './exchanges.ts';
import { byTopic } from './places.ts';
import { transactionWrites } from './transaction-writes.ts';

/** One transactional id while it is ours: whoever initialises it next shuts us out, and ends what we left open. */
export interface TransactionalProducer {
  /** Makes the messages part of a transaction, beside positions of the group if `withOffsets` adds them. Resolves with their places. */
  fill(outputs: readonly PlacedMessage[], withOffsets?: (identity: ProducerIdentity) => Promise<void>): Promise<readonly MessagePosition[]>;
  /** Commits it. Resolves when readers see all of it. Rejects with `InDoubt` when it may have been committed or not. */
  end(isGood: () => boolean): Promise<void>;
}

/** Nobody knows whether the transaction was committed, before its transactional id has been initialised again. */
export class InDoubt extends Error {
  override readonly name = 'InDoubt';
}

export type TransactionOptions = {
  readonly wire: Wire;
  readonly channel: Channel;
  /** By its name on the servers. */
  readonly group: string;
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
  readonly compression: 'none' | 'gzip';
};

// The coordinator has the answer within a few milliseconds, once what went before is written everywhere.
const shortestPauseMs = 2;
const longestPauseMs = 50;
const longestRestMs = 1_000;
// The last of them after half a second.
const mostTries = 8;

/**
 * Takes a transactional id over: an open transaction of its last owner is aborted, one that was being committed is completed, and what that
 * owner still sends is refused. Tries again while `isWanted`.
 */
export async function takeOver(options: TransactionOptions, isWanted: () => boolean): Promise<TransactionalProducer> {
  const { wire, transactionalId, transactionTimeoutMs: transactionTimeout } = options;
  const coordinating = coordinator(wire, () => options.channel, transactionalId, 'transaction');
  for (let failures = 1; ; failures += 1) {
    try {
      const { errorCode, producerId, producerEpoch } = await coordinating.ask('InitProducerId', { transactionalId, transactionTimeout }, oneCode);
      if (errorCode === codes.none) return producer(options, { transactionalId, producerId, producerEpoch });
      if (errorCode !== codes.concurrentTransactions) throw new KafkaError(errorCode, `taking over the transactions of ${transactionalId}`);
      await wire.pause(Math.min(shortestPauseMs * 2 ** failures, longestPauseMs));
    } catch (error) {
      if (!isWanted() || wire.isClosed() || !isPassing(error)) throw error;
      wire.health.count('retries');
      await wire.pause(Math.min(backoffMs(failures), longestRestMs));
    }
    if (!isWanted()) throw new NoAnswer('no longer wanted');
  }
}

function producer({ wire, channel, group, compression }: TransactionOptions, identity: ProducerIdentity): TransactionalProducer {
  const { transactionalId } = identity;
  const coordinating = coordinator(wire, () => channel, transactionalId, 'transaction');
  const write = transactionWrites({ wire, channel, compression }, identity);

  /** What was committed before may still be on its way to all partitions, then the coordinator asks for patience. */
  async function begun(add: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await add();
      } catch (error) {
        if (!isKafkaError(error, codes.concurrentTransactions) || tries === mostTries) throw error;
      }
      await wire.pause(shortestPauseMs * 2 ** tries);
    }
  }

  async function addPartitions(outputs: readonly PlacedMessage[]): Promise<void> {
    const topics = [...byTopic(outputs)].map(([topic, messages]) => ({ topic: wire.nameOf(topic), partitions: [...new Set(messages.map(({ partition }) => partition))] }));
    const { errors } = await coordinating.ask('AddPartitionsToTxn', { ...identity, topics }, (answer) => answer.errors.flatMap((each) => each.partitionErrors.map((one) => one.errorCode)));
    for (const { topic, partitionErrors } of errors) for (const { errorCode } of partitionErrors) requireOk(errorCode, `adding ${topic} to a transaction`);
  }

  async function addOffsets(): Promise<void> {
    const { errorCode } = await coordinating.ask('AddOffsetsToTxn', { ...identity, groupId: group }, oneCode);
    requireOk(errorCode, `adding the positions of ${group} to a transaction`);
  }

  async function whenSeen(): Promise<void> {
    // What is committed is safe already; only the marks by which readers know it may not be everywhere yet.
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const { state } = await coordinating.send(describeTransaction(transactionalId), oneCode);
      if (state !== 'PrepareCommit') return;
      await wire.pause(pauseMs);
    }
  }

  return {
    async fill(outputs, withOffsets) {
      await Promise.all([outputs.length > 0 && begun(() => addPartitions(outputs)), withOffsets !== undefined && begun(addOffsets)]);
      const [positions] = await Promise.all([write(outputs), withOffsets?.(identity)]);
      return positions;
    },
    async end(isGood) {
      for (let failures = 1; ; failures += 1) {
        try {
          const { errorCode } = await coordinating.ask('EndTxn', { ...identity, transactionResult: true }, oneCode);
          if (errorCode === codes.none) break;
          // The first answer may have been lost and somebody else gone on, or the coordinator has aborted what took too long.
          if (errorCode !== codes.concurrentTransactions) throw new InDoubt(`a transaction of ${transactionalId}`, { cause: new KafkaError(errorCode, 'its end') });
        } catch (error) {
          if (error instanceof InDoubt) throw error;
          if (!isGood() || wire.isClosed()) throw new InDoubt(`a transaction of ${transactionalId}`, { cause: error });
        }
        await wire.pause(Math.min(backoffMs(failures), longestRestMs));
      }
      await whenSeen().catch(() => {});
    },
  };
}
