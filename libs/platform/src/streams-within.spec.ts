/** Real: the whole contract of an event store, seen through a prefix. Doubled: the store behind it, in memory. */
import { memoryEventStore } from '@hookyard/adapter-memory';
import { eventStoreContract } from '@hookyard/ports/testing';
import { streamsWithin } from './streams-within.ts';

describe('the streams within a prefix', () => {
  eventStoreContract(() => Promise.resolve({ port: streamsWithin('acme.', memoryEventStore()) }));

  it('are apart from those of another prefix in the same store', async () => {
    const store = memoryEventStore();
    const [one, other] = [streamsWithin('one.', store), streamsWithin('other.', store)];
    const event = { id: '00000000-0000-4000-8000-000000000000', type: 'happened', data: {} };
    await one.append('stream', [event], 'no_stream');
    expect(await other.read('stream')).toEqual([]);
    expect(await other.readAll()).toEqual([]);
    expect((await one.readAll()).map(({ stream }) => stream)).toEqual(['stream']);
    expect((await store.readAll()).map(({ stream }) => stream)).toEqual(['one.stream']);
  });
});
