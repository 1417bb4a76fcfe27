import { expect, it } from '@jest/globals';
import { freshName, gate, type Open } from './contract-harness.ts';
import { facts, manyFacts, storeHarness, typesOf, witness } from './event-store-harness.ts';
import type { EventStore, RecordedEvent } from './event-store.ts';
import { until } from './until.ts';

/** Catch-up, then live. */
export function eventStoreSubscribeContract(open: Open<EventStore>): void {
  const { port, subscribe } = storeHarness(open);

  it('gives what there is, says that it has caught up, and goes on live', async () => {
    const store = await port();
    const streamPrefix = freshName('family');
    await store.append(`${streamPrefix}-1`, facts('a', 'b'), 'no_stream');
    const past = await store.append(`${streamPrefix}-2`, facts('c'), 'no_stream');
    const { handle, onCaughtUp, caughtUp, seen, types } = witness();
    const subscription = await subscribe({ streamPrefix, handle, onCaughtUp });
    await subscription.whenReached(past.position);
    expect(types()).toEqual(['a', 'b', 'c']);
    await until(() => caughtUp() > 0);
    const live = await store.append(`${streamPrefix}-1`, facts('d'), 1);
    await subscription.whenReached(live.position);
    expect(types()).toEqual(['a', 'b', 'c', 'd']);
    expect(seen).toEqual(await store.readAll({ streamPrefix }));
  });

  it('has not caught up while something recorded before is unhandled', async () => {
    const store = await port();
    const streamPrefix = freshName('family');
    const past = await store.append(streamPrefix, facts('a'), 'no_stream');
    const { opened, open: release } = gate();
    const { onCaughtUp, caughtUp } = witness();
    let calls = 0;
    const handle = () => {
      calls += 1;
      return opened;
    };
    const subscription = await subscribe({ streamPrefix, handle, onCaughtUp });
    await until(() => calls === 1);
    expect(caughtUp()).toBe(0);
    release();
    await subscription.whenReached(past.position);
    await until(() => caughtUp() > 0);
  });

  it('has caught up at once when there is nothing', async () => {
    const { handle, onCaughtUp, caughtUp, seen } = witness();
    await subscribe({ streamPrefix: freshName('nothing'), handle, onCaughtUp });
    await until(() => caughtUp() > 0);
    expect(seen).toEqual([]);
  });

  it('begins after the position given', async () => {
    const store = await port();
    const streamPrefix = freshName('family');
    const first = await store.append(streamPrefix, facts('a'), 'no_stream');
    const second = await store.append(streamPrefix, facts('b'), 0);
    const { handle, types } = witness();
    const subscription = await subscribe({ streamPrefix, after: first.position, handle });
    await subscription.whenReached(second.position);
    expect(types()).toEqual(['b']);
  });

  it('reaches positions of streams that it does not ask for', async () => {
    const store = await port();
    const { handle, seen } = witness();
    const subscription = await subscribe({ streamPrefix: freshName('quiet'), handle });
    const elsewhere = await store.append(freshName('stranger'), facts('x'), 'no_stream');
    await subscription.whenReached(elsewhere.position);
    expect(seen).toEqual([]);
  });

  it('makes one call at a time, in position order, while many write', async () => {
    const store = await port();
    const streamPrefix = freshName('busy');
    const { handle: record, seen } = witness();
    let inHand = 0;
    let overlapped = false;
    const handle = async (events: readonly RecordedEvent[]) => {
      inHand += 1;
      overlapped ||= inHand > 1;
      await store.retention(streamPrefix);
      await record(events);
      inHand -= 1;
    };
    const subscription = await subscribe({ streamPrefix, handle });
    const appended = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        const stream = `${streamPrefix}-${at}`;
        const first = await store.append(stream, manyFacts(`s${at}`, 5), 'no_stream');
        return store.append(stream, manyFacts(`t${at}`, 5), first.revision);
      }),
    );
    await Promise.all(appended.map(({ position }) => subscription.whenReached(position)));
    expect(overlapped).toBe(false);
    expect(seen).toHaveLength(200);
    expect(seen).toEqual(await store.readAll({ streamPrefix }));
  });

  it('gives the same events again after the handler failed, before any other', async () => {
    const store = await port();
    const streamPrefix = freshName('family');
    await store.append(streamPrefix, facts('a', 'b'), 'no_stream');
    const calls: string[][] = [];
    const handle = (events: readonly RecordedEvent[]) => {
      calls.push(typesOf(events));
      return calls.length <= 2 ? Promise.reject(new Error('not yet')) : Promise.resolve();
    };
    const subscription = await subscribe({ streamPrefix, handle });
    const last = await store.append(streamPrefix, facts('c'), 1);
    await subscription.whenReached(last.position);
    expect(calls[1]?.slice(0, calls[0]?.length)).toEqual(calls[0]);
    expect(calls[2]?.slice(0, calls[1]?.length)).toEqual(calls[1]);
    expect(calls.slice(2).flat()).toEqual(['a', 'b', 'c']);
  });

  it('serves several subscriptions, each at its own pace', async () => {
    const store = await port();
    const streamPrefix = freshName('family');
    const { opened, open: release } = gate();
    const [slow, quick] = [witness(), witness()];
    const held = await subscribe({
      streamPrefix,
      handle: async (events) => {
        await opened;
        await slow.handle(events);
      },
    });
    const free = await subscribe({ streamPrefix, handle: quick.handle });
    const { position } = await store.append(streamPrefix, facts('a', 'b'), 'no_stream');
    await free.whenReached(position);
    expect(quick.types()).toEqual(['a', 'b']);
    expect(slow.types()).toEqual([]);
    release();
    await held.whenReached(position);
    expect(slow.types()).toEqual(['a', 'b']);
  });

  it('waits for the call in hand when it stops, and makes no other', async () => {
    const store = await port();
    const streamPrefix = freshName('family');
    const { opened, open: release } = gate();
    let [begun, ended] = [0, 0];
    const subscription = await subscribe({
      streamPrefix,
      handle: async () => {
        begun += 1;
        await opened;
        ended += 1;
      },
    });
    await store.append(streamPrefix, facts('a'), 'no_stream');
    await until(() => begun === 1);
    await store.append(streamPrefix, facts('b'), 0);
    const stopped = subscription.stop();
    release();
    await stopped;
    expect([begun, ended]).toEqual([1, 1]);
    await subscription.stop();
  });
}
