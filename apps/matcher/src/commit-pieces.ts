import type { Batch, Outputs } from '@hookyard/ports';
import type { MatchBatch } from './match-batch.ts';

export type HandleBatch = (batch: Omit<Batch, 'consumption'> & { readonly consumption: Pick<Batch['consumption'], 'commit'> }) => Promise<Outputs>;

/**
 * Commits the pieces of a batch through the consumption it came with. After a failure the same batch comes again, whole:
 * what was committed of it is passed over, so that nothing goes out twice.
 */
export function commitPieces(match: MatchBatch): HandleBatch {
  /** By partition: the next offset, as this member committed it last. */
  const committed = new Map<number, number>();

  return ({ topic, partition, messages, consumption }) => {
    const done = committed.get(partition) ?? 0;
    return match({ messages: messages.filter(({ offset }) => offset >= done) }, async (outputs, next) => {
      await consumption.commit([{ topic, partition, offset: next }], outputs);
      committed.set(partition, next);
    });
  };
}
