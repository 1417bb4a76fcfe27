import type { AppendExpectedRevision, AppendResult, EventData } from '@eventstore/db-client';
import { collected, event, events, failureOf, freshStream, testServer } from './testing-harness.ts';

// A call with credentials of its own takes the unary path, any other one the batch path.
const paths = [
  ['on the batch path', {}],
  ['on the unary path', { credentials: { username: 'somebody', password: 'secret' } }],
] as const;

describe.each(paths)('an append %s', (_, options) => {
  const { client, restart } = testServer();

  function append(stream: string, events: EventData | EventData[], expectedRevision?: AppendExpectedRevision): Promise<AppendResult> {
    return client().appendToStream(stream, events, { ...options, ...(expectedRevision !== undefined && { expectedRevision }) });
  }

  it('answers the revision and the position of its last event', async () => {
    const stream = freshStream();
    const { nextExpectedRevision, position } = await append(stream, events(3), 'no_stream');
    expect(nextExpectedRevision).toBe(2n);
    const read = await collected(client().readStream(stream));
    expect(read.at(-1)?.event?.position).toEqual(position);
    expect((await append(stream, event(), 2n)).nextExpectedRevision).toBe(3n);
  });

  it('is refused when the stream stands elsewhere, and keeps nothing', async () => {
    const stream = freshStream();
    await append(stream, events(2), 'no_stream');
    for (const [expected, told] of [['no_stream', 'no_stream'], [0n, 0n], [7n, 7n]] as const) {
      const failure = await failureOf(append(stream, events(2), expected));
      expect(failure).toMatchObject({ type: 'wrong-expected-version', streamName: stream, expectedVersion: told, actualVersion: 1n, message: '' });
    }
    expect(await failureOf(append(freshStream(), event(), 0n))).toMatchObject({ type: 'wrong-expected-version', actualVersion: 'no_stream' });
    expect(await collected(client().readStream(stream))).toHaveLength(2);
  });

  it('is won by exactly one of many writers that expect the same', async () => {
    const stream = freshStream();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => failureOf(append(stream, events(2), 'no_stream'))));
    expect(outcomes.filter(({ resolved }) => resolved !== undefined)).toHaveLength(1);
    expect(await collected(client().readStream(stream))).toHaveLength(2);
  });

  it('at an exact revision is recognised for ever when it is repeated', async () => {
    const stream = freshStream();
    const [first, second] = [events(2), events(2)];
    const results = [await append(stream, first, 'no_stream'), await append(stream, second, 1n)];
    await append(stream, event(), 3n);
    await restart();
    expect([await append(stream, first, 'no_stream'), await append(stream, second, 1n)]).toEqual(results);
    expect(await collected(client().readStream(stream))).toHaveLength(5);
  });

  it('at any revision is recognised as long as its ids are remembered, which a restart ends', async () => {
    const stream = freshStream();
    const repeated = events(2);
    const first = await append(stream, repeated, 'any');
    await append(stream, event(), 'any');
    expect(await append(stream, repeated, 'any')).toEqual(first);
    expect(await append(stream, repeated, 'stream_exists')).toEqual(first);
    await restart();
    expect((await append(stream, repeated, 'any')).nextExpectedRevision).toBe(4n);
  });

  it('whose ids match in part conflicts', async () => {
    const stream = freshStream();
    const [one, two] = [event(), event()];
    await append(stream, [one, two], 'no_stream');
    for (const expected of ['no_stream', 'any'] as const) {
      expect(await failureOf(append(stream, [one, event()], expected))).toMatchObject({ type: 'wrong-expected-version', actualVersion: 1n });
    }
    // Too many: the third would be new.
    expect(await failureOf(append(stream, [one, two, event()], 'no_stream'))).toMatchObject({ type: 'wrong-expected-version' });
    expect(await collected(client().readStream(stream))).toHaveLength(2);
  });

  it('with ids of another stream is new', async () => {
    const same = event();
    await append(freshStream(), same, 'any');
    expect((await append(freshStream(), same, 'any')).nextExpectedRevision).toBe(0n);
  });

  it('to a stream that must exist is satisfied by metadata alone', async () => {
    const stream = freshStream();
    expect(await failureOf(append(stream, event(), 'stream_exists'))).toMatchObject({ type: 'wrong-expected-version', expectedVersion: 'stream_exists', actualVersion: 'no_stream' });
    await client().setStreamMetadata(stream, { maxCount: 10 });
    expect((await append(stream, event(), 'stream_exists')).nextExpectedRevision).toBe(0n);
  });

  it('of more than 1 MiB is refused by name', async () => {
    const stream = freshStream();
    const half = () => event({ filler: 'x'.repeat(600 * 1024) });
    expect(await failureOf(append(stream, [half(), half()], 'no_stream'))).toMatchObject({ type: 'maximum-append-size-exceeded', maxAppendSize: 1024 * 1024 });
    expect((await append(stream, half(), 'no_stream')).nextExpectedRevision).toBe(0n);
  });
});

describe('an append of a batch stream', () => {
  const { client, server } = testServer();

  it('whose deadline has passed, by a clock that differs for instance, is refused and not done', async () => {
    const stream = freshStream();
    expect(await failureOf(client().appendToStream(stream, event(), { deadline: -1 }))).toMatchObject({ type: 'deadline-exceeded' });
    expect(await failureOf(collected(client().readStream(stream)))).toMatchObject({ type: 'stream-not-found' });
  });

  it('that takes the server longer than 2 s is given up, though it may be done', async () => {
    const stream = freshStream();
    server().faults.set('delay', { ms: 5_000, times: 1 });
    const begunAt = performance.now();
    expect(await failureOf(client().appendToStream(stream, event(), { deadline: 60_000 }))).toMatchObject({ type: 'deadline-exceeded' });
    expect(performance.now() - begunAt).toBeLessThan(5_000);
    expect(await collected(client().readStream(stream))).toHaveLength(1);
  });
});

describe('a server that remembers few ids', () => {
  const { client } = testServer({ recentIds: 3 });

  it('takes an old append at any revision for a new one', async () => {
    const stream = freshStream();
    const old = event();
    await client().appendToStream(stream, old);
    await client().appendToStream(stream, events(3));
    expect((await client().appendToStream(stream, old)).nextExpectedRevision).toBe(4n);
  });
});
