/** What a `$metadata` event says of its stream. */
export type StreamMetadata = {
  /** As it was written, with whatever else it holds. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly maxCount?: number;
  readonly maxAgeMs?: number;
  /** The first revision that may be read; `deletedRevision` after a soft delete. */
  readonly truncateBefore?: number;
};

export const metadataType = '$metadata';

/** As a soft delete writes it: 2^63 − 1, in place of whatever stood there. */
export const softDeleteJson = '{"$tb":9223372036854775807}';

/** The metadata of an append that brings a soft-deleted stream back. */
export function undeletedJson(metadata: StreamMetadata, firstRevision: number): string {
  return JSON.stringify({ ...metadata.raw, $tb: firstRevision });
}

/** What is no JSON object says nothing, as with the real server. */
export function parseMetadata(data: Uint8Array): StreamMetadata {
  const raw = objectOf(data);
  const maxCount = wholeNumber(raw.$maxCount);
  const maxAge = wholeNumber(raw.$maxAge);
  const truncateBefore = wholeNumber(raw.$tb);
  return {
    raw,
    ...(maxCount !== undefined && { maxCount }),
    ...(maxAge !== undefined && { maxAgeMs: maxAge * 1_000 }),
    ...(truncateBefore !== undefined && { truncateBefore }),
  };
}

/** 2^63 − 1 as JSON text comes out as 2^63. */
export function isSoftDeleted(metadata: StreamMetadata | undefined): boolean {
  return (metadata?.truncateBefore ?? 0) >= 2 ** 63;
}

function objectOf(data: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString());
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}
