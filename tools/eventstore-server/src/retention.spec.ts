import { until } from '@hookyard/ports/testing';
import { collected, event, events, failureOf, freshStream, testServer } from './testing-harness.ts';

const { client, restart } = testServer();

async function revisions(stream: string): Promise<number[]> {
  return (await collected(client().readStream(stream))).map((each) => Number(each.event?.revision));
}

/** Of applications' events, in everything. */
async function countInAll(stream: string): Promise<number> {
  return (await collected(client().readAll())).filter((each) => each.event?.streamId === stream).length;
}

describe('stream metadata', () => {
  it('hides all but the newest events at once, though not in everything', async () => {
    const stream = freshStream();
    await client().appendToStream(stream, events(5));
    await client().setStreamMetadata(stream, { maxCount: 2 });
    expect(await revisions(stream)).toEqual([3, 4]);
    await client().appendToStream(stream, event());
    expect(await revisions(stream)).toEqual([4, 5]);
    expect((await collected(client().readStream(stream, { direction: 'backwards', fromRevision: 'end' }))).map((each) => Number(each.event?.revision))).toEqual([5, 4]);
    await restart();
    expect(await revisions(stream)).toEqual([4, 5]);
    expect(await countInAll(stream)).toBe(6);
  });

  it('hides what lies before a revision', async () => {
    const stream = freshStream();
    await client().appendToStream(stream, events(4));
    await client().setStreamMetadata(stream, { truncateBefore: 3 });
    expect(await revisions(stream)).toEqual([3]);
    await client().setStreamMetadata(stream, { truncateBefore: 9 });
    expect(await revisions(stream)).toEqual([]);
    expect((await client().appendToStream(stream, event(), { expectedRevision: 3n })).nextExpectedRevision).toBe(4n);
  });

  it('hides what is too old, until the stream is empty and still no missing one', async () => {
    const stream = freshStream();
    await client().appendToStream(stream, events(2));
    await client().setStreamMetadata(stream, { maxAge: 1 });
    expect(await until(async () => (await revisions(stream)).length === 0)).toBe(true);
    expect(await countInAll(stream)).toBe(2);
    await client().setStreamMetadata(stream, {});
    expect(await revisions(stream)).toEqual([0, 1]);
  });

  it('is read back, also before the stream has events', async () => {
    const stream = freshStream();
    expect(await client().getStreamMetadata(stream)).toEqual({ streamName: stream });
    await client().setStreamMetadata(stream, { maxAge: 60, colour: 'green' });
    await client().setStreamMetadata(stream, { maxCount: 3, colour: 'red' });
    expect((await client().getStreamMetadata(stream)).metadata).toEqual({ maxCount: 3, colour: 'red' });
    expect(await failureOf(collected(client().readStream(stream)))).toMatchObject({ type: 'stream-not-found' });
  });
});

describe('a soft-deleted stream', () => {
  it('is missing for readers, goes on with its numbers, and is complete in everything', async () => {
    const stream = freshStream();
    await client().appendToStream(stream, events(3));
    await client().deleteStream(stream);
    expect(await failureOf(collected(client().readStream(stream)))).toMatchObject({ type: 'stream-not-found' });
    await restart();
    expect(await failureOf(collected(client().readStream(stream)))).toMatchObject({ type: 'stream-not-found' });
    expect((await client().appendToStream(stream, event(), { expectedRevision: 2n })).nextExpectedRevision).toBe(3n);
    expect(await revisions(stream)).toEqual([3]);
    expect(await countInAll(stream)).toBe(4);
  });

  it('counts as none for who expects none, and as deleted for who expects one', async () => {
    const stream = freshStream();
    await client().appendToStream(stream, events(2));
    await client().deleteStream(stream, { expectedRevision: 1n });
    expect(await failureOf(client().appendToStream(stream, event(), { expectedRevision: 'stream_exists' }))).toMatchObject({ type: 'stream-deleted', streamName: stream });
    expect((await client().appendToStream(stream, event(), { expectedRevision: 'no_stream' })).nextExpectedRevision).toBe(2n);
    expect(await revisions(stream)).toEqual([2]);
  });

  it('is not deleted at another revision', async () => {
    const stream = freshStream();
    await client().appendToStream(stream, events(2));
    expect(await failureOf(client().deleteStream(stream, { expectedRevision: 0n }))).toMatchObject({ type: 'wrong-expected-version', streamName: stream, expectedVersion: 0n, actualVersion: 1n });
    expect(await revisions(stream)).toEqual([0, 1]);
  });
});

describe('a tombstone', () => {
  it('is final', async () => {
    const stream = freshStream();
    await client().appendToStream(stream, events(2));
    await client().tombstoneStream(stream);
    await restart();
    const deleted = { type: 'stream-deleted', streamName: stream };
    expect(await failureOf(collected(client().readStream(stream)))).toMatchObject(deleted);
    expect(await failureOf(client().appendToStream(stream, event(), { expectedRevision: 'any' }))).toMatchObject(deleted);
    expect(await failureOf(client().appendToStream(stream, event(), { expectedRevision: 1n, credentials: { username: 'a', password: 'b' } }))).toMatchObject(deleted);
    expect(await failureOf(client().deleteStream(stream))).toMatchObject(deleted);
    expect(await failureOf(client().tombstoneStream(stream))).toMatchObject(deleted);
    expect(await failureOf(client().setStreamMetadata(stream, { maxCount: 1 }))).toMatchObject({ type: 'stream-deleted' });
    expect(await countInAll(stream)).toBe(3);
  });

  it('is refused at another revision', async () => {
    const stream = freshStream();
    await client().appendToStream(stream, events(2));
    expect(await failureOf(client().tombstoneStream(stream, { expectedRevision: 7n }))).toMatchObject({ type: 'wrong-expected-version', expectedVersion: 7n, actualVersion: 1n });
  });
});
