import type { Entry } from './catalog.ts';

/**
 * The newest events by id, which is all that recognises a repeat whose expected revision says nothing. Bounded, and empty after a restart,
 * as the real server's is.
 */
export interface RecentIds {
  add(entry: Entry): void;
  find(id: string): Entry | undefined;
}

export function recentIds(capacity: number): RecentIds {
  const entries = new Map<string, Entry>();
  return {
    add(entry) {
      entries.delete(entry.id);
      entries.set(entry.id, entry);
      if (entries.size <= capacity) return;
      for (const oldest of entries.keys()) {
        entries.delete(oldest);
        return;
      }
    },
    find: (id) => entries.get(id),
  };
}
