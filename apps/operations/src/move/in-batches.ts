import type { Header, Line, Trailer } from './format.ts';

export type BodyLine = Exclude<Line, Header | Trailer>;

/** Consecutive lines of one kind. */
export type LineBatch = { readonly [Kind in BodyLine['kind']]: { readonly kind: Kind; readonly lines: readonly Extract<BodyLine, { kind: Kind }>[] } }[BodyLine['kind']];

const mostLines = 500;
const mostCharacters = 4 * 1024 * 1024;

/** Lines of one kind together, as many as one request takes. */
export async function* inBatches(lines: AsyncIterable<BodyLine>): AsyncGenerator<LineBatch> {
  let batch: BodyLine[] = [];
  let characters = 0;
  const taken = (): LineBatch => ({ kind: batch[0]?.kind, lines: batch }) as LineBatch;
  for await (const line of lines) {
    const size = sizeOf(line);
    if (batch.length > 0 && (batch[0]?.kind !== line.kind || batch.length >= mostLines || characters + size > mostCharacters)) {
      yield taken();
      batch = [];
      characters = 0;
    }
    batch.push(line);
    characters += size;
  }
  if (batch.length > 0) yield taken();
}

function sizeOf(line: BodyLine): number {
  if (line.kind === 'message' || line.kind === 'due') return line.value?.length ?? 0;
  return line.kind === 'event' || line.kind === 'document' ? JSON.stringify(line).length : 0;
}
