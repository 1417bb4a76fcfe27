import { Fault } from '@hookyard/event-schemas';
import { defaultMaxLoadBytes, type DueItem, type DueQueue } from '@hookyard/ports';
import { number, text, type Database, type Row } from './driver.ts';
import { requestKinds } from './wire/requests.ts';
import type { Writer } from './writer.ts';

export type DueQueueOptions = { readonly writer: Writer; readonly reader: Database };

export function sqliteDueQueue({ writer, reader }: DueQueueOptions): DueQueue {
  const lanes = reader.prepare(
    `SELECT lane, (SELECT due_at FROM due WHERE due.partition = due_lanes.partition AND due.lane = due_lanes.lane ORDER BY due_at LIMIT 1), waiting
     FROM due_lanes WHERE partition = ? AND lane > ? ORDER BY lane LIMIT ?`,
  );
  // The index alone: values lie elsewhere, and are read one by one once it is known that they are wanted.
  const inOrder = reader.prepare(
    `SELECT rowid, id FROM due INDEXED BY due_in_order
     WHERE partition = ? AND lane = ? AND due_at <= ? ORDER BY due_at, ord, id`,
  );
  const whole = reader.prepare(`SELECT ${columns} FROM due WHERE rowid = ?`);
  const older = reader.prepare(`SELECT ${columns} FROM due WHERE partition = ? AND id = ? AND revision < ?`);
  const byId = reader.prepare(`SELECT ${columns} FROM due INDEXED BY due_by_id WHERE partition = ? AND id > ? ORDER BY id`);
  const count = reader.prepare('SELECT coalesce(sum(waiting), 0) FROM due_lanes WHERE partition = ?');
  let closed = false;
  const requireOpen = (): void => {
    if (closed) throw new Fault('closed', { what: 'the due queue' });
  };

  return {
    async put(items) {
      requireOpen();
      await writer.request(
        requestKinds.putDue,
        (request) => {
          request.u32(items.length);
          for (const item of items) {
            request.u32(item.partition);
            request.text(item.id);
            request.text(item.lane);
            request.number(item.dueAt);
            request.number(item.order);
            request.number(item.revision);
            request.bytes(item.value);
          }
        },
        () => undefined,
      );
    },
    async complete(items) {
      requireOpen();
      await writer.request(
        requestKinds.completeDue,
        (request) => {
          request.u32(items.length);
          for (const { partition, id, revision } of items) {
            request.u32(partition);
            request.text(id);
            request.number(revision);
          }
        },
        () => undefined,
      );
    },
    async lanes(partition, { after = '', limit }) {
      requireOpen();
      return lanes.all(partition, after, limit).map(([lane, nextDueAt, waiting]) => ({ lane: text(lane), nextDueAt: number(nextDueAt), waiting: number(waiting) }));
    },
    async load({ partition, lane, dueBefore, limit, maxBytes = defaultMaxLoadBytes, except }) {
      requireOpen();
      const items: DueItem[] = [];
      let bytes = 0;
      // The walk keeps the snapshot open in which the values are read.
      for (const [row = null, id] of inOrder.iterate(partition, lane, dueBefore)) {
        if (except?.has(text(id)) === true) continue;
        if (items.length >= limit) return { items, hasMore: true };
        for (const item of itemIn(whole.get(row))) {
          bytes += item.value.length;
          if (bytes > maxBytes && items.length > 0) return { items, hasMore: true };
          items.push(item);
        }
      }
      return { items, hasMore: false };
    },
    async older(items) {
      requireOpen();
      return items.flatMap(({ partition, id, revision }) => itemIn(older.get(partition, id, revision)));
    },
    async scan(partition, { after = '', limit, maxBytes = defaultMaxLoadBytes }) {
      requireOpen();
      const items: DueItem[] = [];
      let bytes = 0;
      for (const row of byId.iterate(partition, after)) {
        const [item] = itemIn(row);
        bytes += item?.value.length ?? 0;
        if (item === undefined || items.length >= limit || (bytes > maxBytes && items.length > 0)) return { items, hasMore: true };
        items.push(item);
      }
      return { items, hasMore: false };
    },
    async count(partitions) {
      requireOpen();
      return [...new Set(partitions)].reduce((sum, partition) => sum + number(count.get(partition)?.[0]), 0);
    },
    async close() {
      closed = true;
    },
  };
}

const columns = 'partition, id, lane, due_at, ord, revision, value';

function itemIn(row: Row | undefined): readonly DueItem[] {
  if (row === undefined) return [];
  const [partition, id, lane, dueAt, order, revision, value] = row;
  const bytes = value as Uint8Array;
  return [{
    id: text(id),
    partition: number(partition),
    lane: text(lane),
    dueAt: number(dueAt),
    order: number(order),
    revision: number(revision),
    value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  }];
}
