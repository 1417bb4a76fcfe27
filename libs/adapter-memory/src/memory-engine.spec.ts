import { manualClock } from '@hookyard/ports/testing';
import { memoryEngine } from './memory-engine.ts';

describe('a memory engine', () => {
  it('stamps and forgets by the clock it was given', async () => {
    const clock = manualClock();
    const { bus, store, models, close } = memoryEngine({ clock });
    await bus.declare([{ name: 'topic', partitions: 1 }]);
    const [position] = await bus.publish([{ topic: 'topic', key: 'k', value: null }]);
    await store.append('stream', [{ id: 'e1', type: 'Happened', data: {} }], 'no_stream');
    const documents = await models.collection({ name: 'documents_v1', fields: {}, indexes: [] });
    await documents.upsert([{ id: 'd', revision: 1, document: {}, expiresAt: clock.now() + 1_000 }]);

    expect((await bus.read(position ?? { topic: 'topic', partition: 0, offset: 0 }, 1))[0]?.publishedAt).toBe(clock.now());
    expect((await store.read('stream'))[0]?.recordedAt).toBe(clock.now());
    clock.advance(999);
    expect(await documents.get('d')).not.toBeNull();
    clock.advance(1);
    expect(await documents.get('d')).toBeNull();
    await close();
  });

  it('keeps nothing of an append whose events are no JSON', async () => {
    const { store } = memoryEngine();
    const events = [{ id: 'e1', type: 'Fine', data: {} }, { id: 'e2', type: 'Broken', data: 1n }];
    await expect(store.append('stream', events, 'no_stream')).rejects.toThrow(TypeError);
    expect(await store.readAll()).toEqual([]);
  });
});
