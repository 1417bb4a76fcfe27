import type { Retention } from '@hookyard/ports';

/** A stream's metadata as it is stored, with what others keep there. */
export type RawMetadata = Readonly<Record<string, unknown>>;

// https://docs.kurrent.io/server/v24.10/features/streams.html#metadata-and-reserved-names
const maxAge = '$maxAge';
const maxCount = '$maxCount';
const truncateBefore = '$tb';
/** The age as it was asked for: the server counts in seconds. */
const exactAge = 'hookyardMaxAgeMs';

export function withRetention(metadata: RawMetadata, retention: Retention): RawMetadata {
  const { [maxAge]: _age, [maxCount]: _count, [exactAge]: _exact, ...others } = metadata;
  requirePositive('maxAgeMs', retention.maxAgeMs);
  requirePositive('maxCount', retention.maxCount);
  return {
    ...others,
    ...(retention.maxAgeMs === undefined ? {} : { [maxAge]: seconds(retention.maxAgeMs), [exactAge]: retention.maxAgeMs }),
    ...(retention.maxCount === undefined ? {} : { [maxCount]: retention.maxCount }),
  };
}

/** What somebody else set in the meantime counts. */
export function retentionOf(metadata: RawMetadata): Retention {
  const { [maxAge]: age, [maxCount]: count, [exactAge]: exact } = metadata;
  const maxAgeMs = typeof age !== 'number' ? undefined : typeof exact === 'number' && seconds(exact) === age ? exact : age * 1_000;
  return { ...(maxAgeMs === undefined ? {} : { maxAgeMs }), ...(typeof count === 'number' ? { maxCount: count } : {}) };
}

/** Hides every revision before this one, for good. */
export function truncatedBefore(metadata: RawMetadata, revision: number): RawMetadata {
  return { ...metadata, [truncateBefore]: revision };
}

/** Soft-deleted by another program: the mark is 2^63 − 1, which no number here can carry back. */
export function isSoftDeleted(metadata: RawMetadata): boolean {
  const mark = metadata[truncateBefore];
  return typeof mark === 'number' && mark > Number.MAX_SAFE_INTEGER;
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}

function requirePositive(name: string, value: number | undefined): void {
  if (value !== undefined && !(Number.isInteger(value) && value > 0)) throw new TypeError(`${name} must be a whole number greater than 0, not ${value}`);
}
