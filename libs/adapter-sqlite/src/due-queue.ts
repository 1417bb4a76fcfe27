import { Fault } from '@hookyard/event-schemas';
import type { DueItem, DueQueue } from '@hookyard/ports';
import { number, text, type Database } from './driver.ts';
import { requestKinds } from './wire/requests.ts';
import type { Writer } from './writer.ts';

export type DueQueueOptions = { readonly writer: Writer; readonly reader: Database };

export function sqliteDueQueue({ writer, reader }: DueQueueOptions): DueQueue {
  const lanes = reader.prepare(
    `SELECT lane, (SELECT due_at FROM due WHERE due.partition = due_lanes.partition AND due.lane = due_lanes.lane ORDER BY due_at LIMIT 1), waiting
     FROM due_lanes WHERE partition = ? AND lane > ? ORDER BY lane LIMIT ?`,
  );
  const load = reader.prepare(
    `SELECT id, due_at, ord, revision, value FROM due INDEXED BY due_in_order
     WHERE partition = ? AND lane = ? AND due_at <= ? ORDER BY due_at, ord, id LIMIT ?`,
  );
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
    async load({ partition, lane, dueBefore, limit }) {
      requireOpen();
      return load.all(partition, lane, dueBefore, limit).map(([id, dueAt, order, revision, value]): DueItem => {
        const bytes = value as Uint8Array;
        return {
          id: text(id),
          partition,
          lane,
          dueAt: number(dueAt),
          order: number(order),
          revision: number(revision),
          value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
        };
      });
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
