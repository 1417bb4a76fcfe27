import { expect, it } from '@jest/globals';
import { expectFault, freshName, type Capabilities, type Open } from './contract-harness.ts';
import { facts, storeHarness, typesOf, witness } from './event-store-harness.ts';
import type { Appended, EventStore, NewEvent } from './event-store.ts';
import { until } from './until.ts';

/** What closing ends, and what a crash leaves. */
export function eventStoreDurableContract(open: Open<EventStore>, { durable = false }: Capabilities): void {
  const { fresh, reopen, subscribe } = storeHarness(open);

  it('ends its subscriptions, refuses what comes after, and may be closed twice', async () => {
    const { port: store } = await fresh();
    const stream = freshName('stream');
    const { handle, onCaughtUp, caughtUp, seen } = witness();
    const subscription = await subscribe({ streamPrefix: stream, handle, onCaughtUp }, store);
    await until(() => caughtUp() > 0);
    await store.close();
    expect(seen).toEqual([]);
    await expectFault(store.append(stream, facts('late'), 'no_stream'), 'closed');
    await expectFault(store.subscribe({ handle }), 'closed');
    await expectFault(subscription.whenReached(Number.MAX_SAFE_INTEGER), 'closed');
    await store.close();
  });

  if (!durable) return;

  it('finds events, retention and deletions again, and still recognises a repeat', async () => {
    const first = await fresh();
    const [stream, trimmed, deleted] = [freshName('stream'), freshName('stream'), freshName('stream')];
    const events = facts('a', 'b');
    const appended = await first.port.append(stream, events, 'no_stream');
    await first.port.append(trimmed, facts('a', 'b', 'c'), 'no_stream');
    await first.port.setRetention(trimmed, { maxCount: 1 });
    await first.port.append(deleted, facts('a'), 'no_stream');
    await first.port.deleteStream(deleted);
    const before = await first.port.read(stream);

    const { port: store } = await reopen(first);
    expect(await store.read(stream)).toEqual(before);
    expect(await store.append(stream, events, 'no_stream')).toEqual({ ...appended, repeated: true });
    expect(await store.retention(trimmed)).toEqual({ maxCount: 1 });
    expect(typesOf(await store.read(trimmed))).toEqual(['c']);
    expect(await store.read(deleted)).toEqual([]);
    const next = await store.append(deleted, facts('b'), 0);
    expect(next.revision).toBe(1);
    expect(next.position).toBeGreaterThan(appended.position);
  });

  it('keeps every acknowledged append whole, and no other in part, when it is cut off while writing', async () => {
    let subject = await fresh();
    const sent: { readonly stream: string; readonly events: readonly NewEvent[]; acknowledged?: Appended }[] = [];
    for (let round = 0; round < 5; round += 1) {
      const store = subject.port;
      const before = sent.length;
      const writers = [1, 2, 3].map(async () => {
        for (;;) {
          const append = { stream: freshName('cut'), events: facts('a', 'b', 'c') };
          const entry: (typeof sent)[number] = append;
          sent.push(entry);
          entry.acknowledged = await store.append(append.stream, append.events, 'no_stream');
        }
      });
      const ended = Promise.allSettled(writers);
      await until(() => sent.length > before + 8 * (round + 1));
      subject = await reopen(subject);
      await ended;
    }
    for (const { stream, events, acknowledged } of sent) {
      const found = await subject.port.read(stream);
      expect([0, 3]).toContain(found.length);
      if (acknowledged === undefined) continue;
      expect(found.map((event) => event.id)).toEqual(events.map((event) => event.id));
      expect(found.at(-1)).toMatchObject({ revision: acknowledged.revision, position: acknowledged.position });
    }
  });
}
