import { memoryEngine } from '@hookyard/adapter-memory';
import { eventsCollection, filler, toEventHeaders, topics, type EventDocument } from '@hookyard/event-schemas';
import { arrive, knownEvents } from '@hookyard/matcher';
import { manualClock } from '@hookyard/ports/testing';
import { eventsFamily } from './events.ts';
import { pagesOf } from './pages.ts';

const hourMs = 3_600_000;
const keepMs = 24 * hourMs;

/** Real: the matcher's own bookkeeping, and its projection again from the topic. Doubled: the engine, in memory, on a clock that tests move. */
async function world() {
  const clock = manualClock();
  const { bus, models } = memoryEngine({ clock });
  await bus.declare([{ name: topics.events, partitions: 1 }]);
  const events = await models.collection<EventDocument>(eventsCollection);
  const known = knownEvents(events, keepMs);

  return {
    clock,
    events,
    /** Accepted now, and taken in by the matcher. */
    async emit(id: string): Promise<number> {
      const [position] = await bus.publish([{ topic: topics.events, key: 'p', value: Buffer.from('{}'), headers: toEventHeaders({ id, source: '/s', type: 't', project: 'p' }) }]);
      const offset = position?.offset ?? -1;
      const arrival = arrive((await bus.read({ topic: topics.events, partition: 0, offset }, 1))[0] as never, 1);
      if (arrival.kind === 'event') await known([arrival.event]);
      return offset;
    },
    fill: () => bus.publish([{ topic: topics.events, partition: 0, ...filler }]),
    /** What a rebuild makes of it now. */
    async rebuilt() {
      const beside = await models.collection<EventDocument>({ ...eventsCollection, name: 'beside' });
      const into = new Map([[eventsCollection.name, beside as never]]);
      const projecting = await eventsFamily(bus, clock, keepMs).begin('beginning');
      await projecting.toEnd(into);
      await projecting.settle(into);
      return { documents: await documentsIn(beside), isKept: projecting.isKept };
    },
  };
}

async function documentsIn(collection: Parameters<typeof pagesOf<EventDocument>>[0]) {
  const found = [];
  for await (const page of pagesOf(collection)) found.push(...page);
  return found;
}

describe('events built anew', () => {
  it('are as the matcher left them, whichever have expired since', async () => {
    const { clock, events, emit, rebuilt } = await world();
    await emit('forgotten');
    await emit('repeated');
    await emit('again');
    clock.advance(20 * hourMs);
    await emit('repeated');
    await emit('fresh');
    clock.advance(5 * hourMs);
    const anew = await emit('again');
    const expected = await documentsIn(events);
    expect(expected.map(({ document }) => document.attributes.id).sort()).toEqual(['again', 'fresh']);
    expect(expected.find(({ document }) => document.attributes.id === 'again')?.document.origin.offset).toBe(anew);
    expect((await rebuilt()).documents).toEqual(expected);
  });

  it('pass over fillers, and know whose message is kept', async () => {
    const { events, emit, fill, rebuilt } = await world();
    await fill();
    await fill();
    const offset = await emit('one');
    const { documents, isKept } = await rebuilt();
    expect(documents).toEqual(await documentsIn(events));
    const [stored] = documents;
    if (stored === undefined) throw new Error('there is no document');
    const at = (origin: number) => ({ ...stored, document: { ...stored.document, origin: { partition: 0, offset: origin } } });
    expect([offset - 1, offset].map((origin) => isKept(eventsCollection.name, at(origin)))).toEqual([false, true]);
  });
});
