import type { EventStore, ReadModels } from '@hookyard/ports';
import { saveEntries, type ShownStreams } from '@hookyard/subscriptions';
import type { Family, Projecting } from './family.ts';

const pageSize = 1_000;

export type StreamsFamilyOptions = { readonly store: EventStore; readonly models: ReadModels; readonly maxStreams: number };

/** What subscriptions shows of webhooks, or of projects. Streams are kept for ever, so nothing of it is ever older than its source. */
export function streamsFamily(shown: ShownStreams, { store, models, maxStreams }: StreamsFamilyOptions): Family {
  const { streamPrefix } = shown;

  return {
    collections: shown.collections,
    source: `streams ${streamPrefix}…`,
    async begin(from): Promise<Projecting> {
      const read = shown.reader(store, maxStreams);
      let position = from === 'service' ? await shown.shownUpTo(models) : -1;
      return {
        /** Ends only when nothing more has come: what is gone by then, or back again, has been seen here as well as by the service. */
        async toEnd(into) {
          for (let count = 0; ; ) {
            const facts = await store.readAll({ streamPrefix, limit: pageSize, ...(position < 0 ? {} : { after: position }) });
            const last = facts.at(-1);
            if (last === undefined) return count;
            await saveEntries(into, await read(facts));
            position = last.position;
            count += facts.length;
          }
        },
        settle: () => Promise.resolve(),
        isKept: () => true,
      };
    },
    async isServiceBehind() {
      const after = await shown.shownUpTo(models);
      return (await store.readAll({ streamPrefix, limit: 1, ...(after < 0 ? {} : { after }) })).length > 0;
    },
  };
}
