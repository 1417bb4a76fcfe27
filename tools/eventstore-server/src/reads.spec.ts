import { END, START, type AllStreamResolvedEvent, type ResolvedEvent } from '@eventstore/db-client';
import { collected, event, events, failureOf, freshStream, testServer } from './testing-harness.ts';

const { client, restart } = testServer();
const revisions = (read: readonly ResolvedEvent[]) => read.map((each) => Number(each.event?.revision));
const streams = (read: readonly AllStreamResolvedEvent[]) => read.map((each) => each.event?.streamId);

describe('a stream', () => {
  it('is read as it was written, after a restart too', async () => {
    const stream = freshStream();
    const written = event({ text: 'Grüße', nested: { list: [1, 2.5, null, true] } }, 'Greeted');
    const binary = { id: event().id, type: 'Bytes', contentType: 'application/octet-stream' as const, data: Uint8Array.of(0, 255, 7), metadata: Uint8Array.of(1, 2) };
    const before = Date.now();
    await client().appendToStream(stream, [{ ...written, metadata: { by: 'me' } }, binary]);
    await restart();
    const [first, second] = await collected(client().readStream(stream));
    expect(first?.event).toMatchObject({ streamId: stream, id: written.id, revision: 0n, type: 'Greeted', data: written.data, metadata: { by: 'me' }, isJson: true });
    expect(first?.event?.created.getTime()).toBeGreaterThanOrEqual(before);
    expect(first?.event?.created.getTime()).toBeLessThanOrEqual(Date.now());
    expect(second?.event).toMatchObject({ id: binary.id, revision: 1n, isJson: false });
    expect([...(second?.event?.data as Uint8Array)]).toEqual([0, 255, 7]);
    expect([...(second?.event?.metadata as Uint8Array)]).toEqual([1, 2]);
  });

  it('is read from a revision on, which is part of it, in either direction and no further than asked', async () => {
    const stream = freshStream();
    await client().appendToStream(stream, events(5));
    const read = async (options: Parameters<ReturnType<typeof client>['readStream']>[1]) => revisions(await collected(client().readStream(stream, options)));
    expect(await read({})).toEqual([0, 1, 2, 3, 4]);
    expect(await read({ fromRevision: 3n })).toEqual([3, 4]);
    expect(await read({ fromRevision: 1n, maxCount: 2 })).toEqual([1, 2]);
    expect(await read({ fromRevision: 9n })).toEqual([]);
    expect(await read({ direction: 'backwards', fromRevision: END })).toEqual([4, 3, 2, 1, 0]);
    expect(await read({ direction: 'backwards', fromRevision: 2n, maxCount: 2 })).toEqual([2, 1]);
    expect(await read({ direction: 'backwards', fromRevision: START })).toEqual([0]);
  });

  it('that does not exist is told while it is read', async () => {
    const stream = freshStream();
    for (const direction of ['forwards', 'backwards'] as const) {
      expect(await failureOf(collected(client().readStream(stream, { direction })))).toMatchObject({ type: 'stream-not-found' });
    }
  });

  it('has nothing after its end', async () => {
    const stream = freshStream();
    await client().appendToStream(stream, event());
    expect(await failureOf(collected(client().readStream(stream, { fromRevision: END })))).toMatchObject({ type: 'unknown' });
  });

  it('of many events arrives whole and in order', async () => {
    const stream = freshStream();
    for (let part = 0; part < 4; part += 1) await client().appendToStream(stream, events(500));
    expect(revisions(await collected(client().readStream(stream)))).toEqual(Array.from({ length: 2_000 }, (_, index) => index));
  });
});

describe('everything', () => {
  it('is read in the order of positions, which grow with gaps', async () => {
    const [one, two] = [freshStream(), freshStream()];
    await client().appendToStream(one, events(2));
    await client().appendToStream(two, event());
    await client().appendToStream(one, event());
    const all = await collected(client().readAll());
    expect(streams(all).slice(-4)).toEqual([one, one, two, one]);
    const positions = all.map((each) => each.event?.position?.commit ?? -1n);
    for (const [index, position] of positions.entries()) expect(position).toBeGreaterThan((positions[index - 1] ?? -1n) + (index === 0 ? 0n : 1n));
    expect(all.map((each) => each.commitPosition)).toEqual(positions);
  });

  it('is read forwards from a position on, and backwards before it', async () => {
    const stream = freshStream();
    await client().appendToStream(stream, events(3));
    const newest = await collected(client().readAll({ direction: 'backwards', fromPosition: END, maxCount: 3 }));
    expect(revisions(newest)).toEqual([2, 1, 0]);
    const middle = newest[1]?.event?.position ?? 'end';
    expect(revisions(await collected(client().readAll({ fromPosition: middle })))).toEqual([1, 2]);
    expect(revisions(await collected(client().readAll({ fromPosition: middle, direction: 'backwards', maxCount: 1 })))).toEqual([0]);
  });

  it('is not read from within a record', async () => {
    await client().appendToStream(freshStream(), event());
    const [newest] = await collected(client().readAll({ direction: 'backwards', fromPosition: END, maxCount: 1 }));
    const within = { commit: (newest?.event?.position?.commit ?? 0n) - 3n, prepare: (newest?.event?.position?.prepare ?? 0n) - 3n };
    expect(await failureOf(collected(client().readAll({ fromPosition: within })))).toMatchObject({ type: 'unknown', code: 3 });
  });
});
