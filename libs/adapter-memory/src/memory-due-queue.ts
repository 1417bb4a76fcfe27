import { Fault } from '@hookyard/event-schemas';
import { defaultMaxLoadBytes, type DueItem, type DueLane, type DuePage, type DueQueue } from '@hookyard/ports';

/** A DueQueue in memory. */
export function memoryDueQueue(): DueQueue {
  const partitions = new Map<number, Map<string, DueItem>>();
  let isClosed = false;

  function itemsOf(partition: number): Map<string, DueItem> {
    if (isClosed) throw new Fault('closed');
    const items = partitions.get(partition) ?? new Map<string, DueItem>();
    partitions.set(partition, items);
    return items;
  }

  return {
    async put(items) {
      for (const item of items) {
        const stored = itemsOf(item.partition);
        if (item.revision > (stored.get(item.id)?.revision ?? -Infinity)) stored.set(item.id, item);
      }
    },
    async complete(items) {
      for (const { id, partition, revision } of items) {
        const stored = itemsOf(partition);
        if ((stored.get(id)?.revision ?? Infinity) <= revision) stored.delete(id);
      }
    },
    async lanes(partition, { after = '', limit }) {
      const lanes = new Map<string, DueLane>();
      for (const { lane, dueAt } of itemsOf(partition).values()) {
        const known = lanes.get(lane);
        lanes.set(lane, { lane, nextDueAt: Math.min(known?.nextDueAt ?? dueAt, dueAt), waiting: (known?.waiting ?? 0) + 1 });
      }
      const named = [...lanes.values()].filter(({ lane }) => lane > after);
      return named.sort((a, b) => (a.lane < b.lane ? -1 : 1)).slice(0, limit);
    },
    async load({ partition, lane, dueBefore, limit, maxBytes = defaultMaxLoadBytes, except }) {
      const due = [...itemsOf(partition).values()].filter((item) => item.lane === lane && item.dueAt <= dueBefore && except?.has(item.id) !== true);
      due.sort((a, b) => a.dueAt - b.dueAt || a.order - b.order || (a.id < b.id ? -1 : 1));
      return within(due, limit, maxBytes);
    },
    async older(items) {
      return items.flatMap(({ id, partition, revision }) => {
        const stored = itemsOf(partition).get(id);
        return stored !== undefined && stored.revision < revision ? [stored] : [];
      });
    },
    async scan(partition, { after = '', limit, maxBytes = defaultMaxLoadBytes }) {
      const waiting = [...itemsOf(partition).values()].filter(({ id }) => id > after).sort((a, b) => (a.id < b.id ? -1 : 1));
      return within(waiting, limit, maxBytes);
    },
    async count(asked) {
      return asked.reduce((sum, partition) => sum + itemsOf(partition).size, 0);
    },
    async close() {
      isClosed = true;
    },
  };
}

function within(items: readonly DueItem[], limit: number, maxBytes: number): DuePage {
  let bytes = 0;
  const end = items.findIndex(({ value }, at) => at >= limit || ((bytes += value.length) > maxBytes && at > 0));
  return end === -1 ? { items, hasMore: false } : { items: items.slice(0, end), hasMore: true };
}
