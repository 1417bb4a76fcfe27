import { END, eventTypeFilter, streamNameFilter, type AllStreamSubscription, type EventStoreDBClient, type Filter, type ReadPosition, type StreamSubscription } from '@eventstore/db-client';
import { until } from '@hookyard/ports/testing';
import { event, events, failureOf, freshStream, testServer } from './testing-harness.ts';

const { client, server } = testServer();

/** What a subscription said, in order: its signals by name, events as `stream@revision`, checkpoints as `checkpoint`. */
type Heard = { readonly said: string[]; readonly positions: bigint[]; readonly checkpoints: bigint[]; error?: unknown; stop(): Promise<void> };

function listen(subscription: AllStreamSubscription | StreamSubscription): Heard {
  const heard: Heard = { said: [], positions: [], checkpoints: [], stop: () => subscription.unsubscribe() };
  for (const signal of ['confirmation', 'caughtUp', 'fellBehind'] as const) subscription.on(signal, () => heard.said.push(signal));
  subscription.on('data', ({ event: recorded }) => {
    heard.said.push(`${recorded?.streamId}@${recorded?.revision}`);
    heard.positions.push(recorded?.position?.commit ?? -1n);
  });
  subscription.on('error', (error) => (heard.error = error));
  return heard;
}

function toAll(options: { fromPosition?: ReadPosition; filter?: Filter } = {}, db: EventStoreDBClient = client()): Heard {
  const { filter, ...rest } = options;
  let heard: Heard | undefined;
  const noting = filter && { ...filter, checkpointReached: (_: unknown, position: { commit: bigint }) => void (heard?.said.push('checkpoint'), heard?.checkpoints.push(position.commit)) };
  return (heard = listen(db.subscribeToAll({ ...rest, ...(noting && { filter: noting as Filter }) })));
}

const saying = (heard: Heard, word: string) => until(() => heard.said.includes(word));

describe('a subscription to everything', () => {
  it('is confirmed, catches up, says so, and goes on live', async () => {
    const stream = freshStream();
    const { position } = await client().appendToStream(stream, event());
    await client().appendToStream(stream, events(2));
    const heard = toAll({ fromPosition: position ?? END });
    await saying(heard, 'caughtUp');
    await client().appendToStream(stream, events(2));
    await saying(heard, `${stream}@4`);
    // The start position is exclusive.
    expect(heard.said).toEqual(['confirmation', `${stream}@1`, `${stream}@2`, 'caughtUp', `${stream}@3`, `${stream}@4`]);
    await heard.stop();
    await until(() => server().state().subscriptions === 0);
  });

  it('from the end hears only what comes', async () => {
    const heard = toAll({ fromPosition: END });
    await saying(heard, 'caughtUp');
    const stream = freshStream();
    await client().appendToStream(stream, event());
    await saying(heard, `${stream}@0`);
    expect(heard.said).toEqual(['confirmation', 'caughtUp', `${stream}@0`]);
    await heard.stop();
  });

  it('misses and repeats nothing while others write', async () => {
    const stream = freshStream();
    const heard = toAll({ filter: streamNameFilter({ prefixes: [stream] }) });
    for (let part = 0; part < 20; part += 1) await client().appendToStream(stream, events(25));
    await saying(heard, `${stream}@499`);
    expect(heard.said.filter((word) => word.startsWith(stream))).toEqual(Array.from({ length: 500 }, (_, index) => `${stream}@${index}`));
    await heard.stop();
  });

  it('does not begin within a record', async () => {
    const { position } = await client().appendToStream(freshStream(), event());
    await client().appendToStream(freshStream(), event());
    const heard = toAll({ fromPosition: { commit: (position?.commit ?? 0n) + 1n, prepare: (position?.prepare ?? 0n) + 1n } });
    await until(() => heard.error);
    expect(heard.error).toMatchObject({ type: 'unknown', code: 3 });
  });
});

describe('a filtered subscription', () => {
  it.each([
    ['by prefixes of streams', (stream: string) => streamNameFilter({ prefixes: ['nobody-', `${stream}-a`] })],
    ['by a regular expression on streams', (stream: string) => streamNameFilter({ regex: `^${stream}-a` })],
    ['by prefixes of types', (stream: string) => eventTypeFilter({ prefixes: [`Type-${stream}`] })],
    ['by a regular expression on types', (stream: string) => eventTypeFilter({ regex: `^Type-${stream}$` })],
  ])('%s hears what matches and nothing else', async (_, filterOf) => {
    const stream = freshStream();
    await client().appendToStream(`${stream}-b`, event());
    await client().appendToStream(`${stream}-a1`, event({}, `Type-${stream}`));
    const heard = toAll({ filter: filterOf(stream) });
    await saying(heard, 'caughtUp');
    await client().appendToStream(`${stream}-b`, event());
    await client().appendToStream(`${stream}-a2`, event({}, `Type-${stream}`));
    await saying(heard, `${stream}-a2@0`);
    expect(heard.said.filter((word) => word !== 'checkpoint')).toEqual(['confirmation', `${stream}-a1@0`, 'caughtUp', `${stream}-a2@0`]);
    await heard.stop();
  });

  it('hears of its progress every interval × 32 events that are considered, and when it goes live', async () => {
    const { position } = await client().appendToStream(freshStream(), event());
    await client().appendToStream(freshStream(), events(200));
    const heard = toAll({ fromPosition: position ?? END, filter: streamNameFilter({ prefixes: ['nobody-'], checkpointInterval: 2 }) });
    await saying(heard, 'caughtUp');
    expect(heard.said).toEqual(['confirmation', 'checkpoint', 'checkpoint', 'checkpoint', 'checkpoint', 'caughtUp']);
    const last = await client().appendToStream(freshStream(), events(64));
    await until(() => heard.checkpoints.length > 4);
    expect(heard.checkpoints.at(-1)).toBeLessThanOrEqual(last.position?.commit ?? 0n);
    expect([...heard.checkpoints].sort((one, other) => Number(one - other))).toEqual(heard.checkpoints);
    await heard.stop();

    // A checkpoint is a position to begin from.
    const stream = `nobody-${freshStream()}`;
    await client().appendToStream(stream, event());
    const from = heard.checkpoints.at(-1) ?? 0n;
    const resumed = toAll({ fromPosition: { commit: from, prepare: from }, filter: streamNameFilter({ prefixes: ['nobody-'] }) });
    await saying(resumed, `${stream}@0`);
    await resumed.stop();
  });
});

describe('a subscription to a stream', () => {
  it('begins after a revision, catches up and goes on live', async () => {
    const stream = freshStream();
    await client().appendToStream(stream, events(3));
    const heard = listen(client().subscribeToStream(stream, { fromRevision: 0n }));
    await saying(heard, 'caughtUp');
    await client().appendToStream(freshStream(), event());
    await client().appendToStream(stream, event());
    await saying(heard, `${stream}@3`);
    expect(heard.said).toEqual(['confirmation', `${stream}@1`, `${stream}@2`, 'caughtUp', `${stream}@3`]);
    await heard.stop();
  });

  it('waits for a stream that does not exist yet, and ends with its tombstone', async () => {
    const stream = freshStream();
    const heard = listen(client().subscribeToStream(stream));
    await saying(heard, 'caughtUp');
    await client().appendToStream(stream, event());
    await saying(heard, `${stream}@0`);
    await client().tombstoneStream(stream);
    await until(() => heard.error);
    expect(heard.error).toMatchObject({ type: 'stream-deleted', streamName: stream });
  });

  it('leaves out what the stream no longer shows', async () => {
    const stream = freshStream();
    await client().appendToStream(stream, events(5));
    await client().setStreamMetadata(stream, { maxCount: 2 });
    const heard = listen(client().subscribeToStream(stream));
    await saying(heard, 'caughtUp');
    expect(heard.said).toEqual(['confirmation', `${stream}@3`, `${stream}@4`, 'caughtUp']);
    await heard.stop();
  });
});

describe('a subscription whose reader is too slow', () => {
  it('falls behind, catches up and says so again', async () => {
    const stream = freshStream();
    const subscription = client().subscribeToStream(stream);
    const heard = listen(subscription);
    await saying(heard, 'caughtUp');
    subscription.pause();
    const filler = 'x'.repeat(50_000);
    for (let part = 0; part < 40; part += 1) await client().appendToStream(stream, Array.from({ length: 10 }, () => event({ filler })));
    subscription.resume();
    await saying(heard, `${stream}@399`);
    await until(() => heard.said.lastIndexOf('caughtUp') > heard.said.indexOf('fellBehind'));
    expect(heard.said.filter((word) => word.startsWith(stream))).toEqual(Array.from({ length: 400 }, (_, index) => `${stream}@${index}`));
    expect(heard.said).toContain('fellBehind');
    await heard.stop();
  });

  it.each([
    ['as 23.10 drops it', 'overflow', 'timeout'],
    ['cancelled', 'cancelled', 'cancelled'],
    ['as by a server that shuts down', 'unavailable', 'unavailable'],
  ] as const)('ends on demand: %s', async (_, as, type) => {
    const heard = toAll({ fromPosition: END });
    await saying(heard, 'caughtUp');
    server().faults.set('dropSubscription', { as, times: 1 });
    await until(() => heard.error);
    expect(heard.error).toMatchObject({ type });
    expect(await failureOf(client().appendToStream(freshStream(), event()))).toHaveProperty('resolved');
  });

  it('falls behind on demand', async () => {
    const heard = toAll({ fromPosition: END });
    await saying(heard, 'caughtUp');
    server().faults.set('dropSubscription', { as: 'fell_behind', times: 1 });
    await until(() => heard.said.length === 4);
    expect(heard.said).toEqual(['confirmation', 'caughtUp', 'fellBehind', 'caughtUp']);
    await heard.stop();
  });
});
