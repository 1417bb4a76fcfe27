import type { Collection, Document, Stored } from '@hookyard/ports';

const pageSize = 500;

/** Every document of a collection, by id, in pages. Stable while documents come and go. */
export async function* pagesOf<D extends Document>(collection: Pick<Collection<D>, 'query'>): AsyncGenerator<readonly Stored<D>[]> {
  for (let cursor: string | undefined; ; ) {
    const page = await collection.query({ limit: pageSize, ...(cursor === undefined ? {} : { cursor }) });
    if (page.items.length > 0) yield page.items;
    if (page.cursor === undefined) return;
    cursor = page.cursor;
  }
}
