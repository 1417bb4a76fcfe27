import type { EventStoreDBClient } from '@eventstore/db-client';
import { until } from '@hookyard/ports/testing';
import { controlOf, type Control } from './faults/control.ts';
import { startControlServer, type ControlServer } from './faults/control-server.ts';
import { collected, event, events, failureOf, freshStream, testServer } from './testing-harness.ts';

const { client, server, ownClient } = testServer();
const unary = { credentials: { username: 'somebody', password: 'secret' } };

/** Resolves with what the promise settles with, or with `pending` when something else has happened first. */
async function settledBefore(promise: Promise<unknown>, other: Promise<unknown>): Promise<unknown> {
  return Promise.race([failureOf(promise), other.then(() => 'pending')]);
}

/** A round trip of its own on another connection. */
function roundTrip(): Promise<unknown> {
  return failureOf(collected(client().readStream(freshStream())));
}

/** Reads while the fault is set, and waits until the server has what was written. */
function stored(stream: string, count: number): Promise<unknown> {
  return until(async () => (await collected(client().readStream(stream))).length === count);
}

describe('a server that', () => {
  let other: EventStoreDBClient;

  beforeEach(async () => {
    other = ownClient();
    await other.appendToStream(freshStream(), event());
  });
  afterEach(() => server().faults.clear());

  it('is silent takes calls and never answers', async () => {
    server().faults.set('silence', { calls: 'appends', times: 2 });
    const stream = freshStream();
    expect(await settledBefore(other.appendToStream(stream, event()), roundTrip())).toBe('pending');
    expect(await failureOf(other.appendToStream(stream, event(), { ...unary, deadline: 1_000 }))).toMatchObject({ type: 'deadline-exceeded' });
    expect(await failureOf(collected(client().readStream(stream)))).toMatchObject({ type: 'stream-not-found' });
    expect(server().faults.active()).toEqual({});
    expect(await other.appendToStream(stream, event())).toMatchObject({ nextExpectedRevision: 0n });
    await other.dispose();
  });

  it.each([['batch', {}], ['unary', unary]])('drops a reply has done the append (%s)', async (_, options) => {
    const stream = freshStream();
    const repeated = events(2);
    server().faults.set('dropReply', { times: 1 });
    expect(await failureOf(other.appendToStream(stream, repeated, { ...options, expectedRevision: 'no_stream' }))).toMatchObject({ type: 'unavailable' });
    await stored(stream, 2);
    expect(await other.appendToStream(stream, repeated, { ...options, expectedRevision: 'no_stream' })).toMatchObject({ nextExpectedRevision: 1n });
    await other.dispose();
  });

  it('is busy or not ready says so without ending the batch stream, or as unavailable', async () => {
    for (const fault of ['busy', 'notReady'] as const) {
      server().faults.set(fault, { times: 2 });
      const stream = freshStream();
      expect(await failureOf(other.appendToStream(stream, event()))).toMatchObject({ type: 'unknown' });
      expect(await failureOf(other.appendToStream(stream, event(), unary))).toMatchObject({ type: 'unavailable' });
      expect(await other.appendToStream(stream, event())).toMatchObject({ nextExpectedRevision: 0n });
    }
    server().faults.set('notReady', { calls: 'reads', times: 1 });
    expect(await failureOf(collected(other.readStream(freshStream())))).toMatchObject({ type: 'unavailable' });
    await other.dispose();
  });

  it('is not the leader names it, and the client goes there', async () => {
    const leader = { host: '127.0.0.1', port: server().port };
    for (const options of [{}, unary]) {
      server().faults.set('notLeader', { ...leader, times: 1 });
      expect(await failureOf(other.appendToStream(freshStream(), event(), options))).toMatchObject({ type: 'not-leader', leader: { address: leader.host, port: leader.port } });
      expect(await other.appendToStream(freshStream(), event(), options)).toMatchObject({ nextExpectedRevision: 0n });
    }
    server().faults.set('notLeader', { ...leader, calls: 'reads' });
    expect(await failureOf(collected(other.readStream(freshStream(), { requiresLeader: true })))).toMatchObject({ type: 'not-leader' });
    expect(await failureOf(collected(other.readStream(freshStream())))).toMatchObject({ type: 'stream-not-found' });
    await other.dispose();
  });

  it('ends a batch stream with status OK leaves its appends without an answer', async () => {
    const { batchStreams } = server().state();
    server().faults.set('endBatchStream', { times: 1 });
    const append = other.appendToStream(freshStream(), event());
    expect(await settledBefore(append, until(() => server().state().batchStreams === batchStreams - 1))).toBe('pending');
  });

  it('fails to tell its features makes a client fail that asks it', async () => {
    const fresh = ownClient();
    server().faults.set('failServerFeatures', { times: 1 });
    expect(await failureOf(fresh.appendToStream(freshStream(), event()))).toMatchObject({ code: 13 });
    // The client keeps the failure for good.
    expect(await failureOf(fresh.appendToStream(freshStream(), event()))).toMatchObject({ code: 13 });
    await fresh.dispose();
    await other.dispose();
  });

  it('delays its answers gives them later', async () => {
    for (const act of [() => other.appendToStream(freshStream(), event()), () => failureOf(collected(other.readStream(freshStream())))]) {
      server().faults.set('delay', { ms: 300, times: 1 });
      const begunAt = performance.now();
      await act();
      expect(performance.now() - begunAt).toBeGreaterThan(290);
    }
    await other.dispose();
  });

  it('cuts its connections is reached again', async () => {
    const subscription = other.subscribeToAll();
    const failed = new Promise((resolve) => subscription.on('error', resolve));
    subscription.on('data', () => {});
    await until(() => server().state().subscriptions === 1);
    server().cutConnections();
    expect(await failed).toMatchObject({ type: 'unavailable' });
    await until(async () => (await failureOf(other.appendToStream(freshStream(), event()))).resolved !== undefined);
    await other.dispose();
  });
});

describe('the control port', () => {
  let http: ControlServer;
  let control: Control;

  beforeAll(async () => {
    http = await startControlServer(server(), 0);
    control = controlOf(http.url);
  });
  afterAll(() => http.close());

  it('sets, tells and clears faults', async () => {
    await control.set('delay', { ms: 1, calls: 'reads' });
    await control.set('busy', { times: 3 });
    expect(await control.active()).toEqual({ delay: { ms: 1, calls: 'reads' }, busy: { times: 3 } });
    await control.clear('delay');
    expect(await control.active()).toEqual({ busy: { times: 3 } });
    expect(await failureOf(client().appendToStream(freshStream(), event()))).toMatchObject({ type: 'unknown' });
    expect(await control.active()).toEqual({ busy: { times: 2 } });
    await control.clear();
    expect(await control.active()).toEqual({});
  });

  it('says what runs, cuts connections, and refuses what it does not know', async () => {
    await until(async () => (await failureOf(client().appendToStream(freshStream(), event()))).resolved !== undefined);
    expect(await control.state()).toMatchObject({ subscriptions: 0, batchStreams: expect.any(Number) as number, connections: expect.any(Number) as number });
    expect((await control.state()).events).toBeGreaterThan(0);
    await control.cutConnections();
    await until(async () => (await control.state()).connections === 0);
    expect(await failureOf(control.set('thunder' as 'busy', {}))).toMatchObject({ message: expect.stringContaining('no fault is called thunder') as string });
  });
});
