import { Fault } from '@hookyard/event-schemas';
import type { Decider } from './decider.ts';
import type { PlacedFact } from './fold.ts';
import { handleCommand, type FactStore } from './handle-command.ts';
import { streamStates } from './stream-states.ts';

// Real: the handler. Doubled: the store, by an array with revisions. May be asserted: what is appended, what is answered.

type Added = { readonly type: 'Added'; readonly data: { readonly amount: number }; readonly metadata: { readonly commandId: string } };
type Add = { readonly commandId: string; readonly amount: number };

const counter: Decider<number, Add, Added> = {
  initialState: 0,
  decide({ commandId, amount }, total) {
    if (total + amount > 10_000) throw new Fault('overloaded', { total });
    return amount === 0 ? [] : [{ type: 'Added', data: { amount }, metadata: { commandId } }];
  },
  evolve: (total, { data }) => total + data.amount,
};

function arrayStore(beforeAppend: (facts: PlacedFact[]) => void = () => undefined): FactStore & { readonly facts: PlacedFact[]; reads: number } {
  const facts: PlacedFact[] = [];
  const store = {
    facts,
    reads: 0,
    async read(stream: string, { from, limit }: { from: number; limit: number }) {
      store.reads += 1;
      return facts.filter((fact) => fact.stream === stream && fact.revision >= from).slice(0, limit);
    },
    async append(stream: string, added: readonly { type: string; data: unknown; metadata?: Readonly<Record<string, unknown>> }[], expected: 'no_stream' | number) {
      beforeAppend(facts);
      const revision = facts.filter((fact) => fact.stream === stream).length - 1;
      if (revision !== (expected === 'no_stream' ? -1 : expected)) throw new Fault('version_conflict');
      for (const { type, data, metadata = {} } of added) facts.push(placed(stream, facts, { type, data, metadata }));
      return { revision: revision + added.length, position: facts.length * 10 };
    },
  };
  return store;
}

function placed(stream: string, facts: readonly PlacedFact[], fact: Pick<PlacedFact, 'type' | 'data' | 'metadata'>): PlacedFact {
  return { ...fact, stream, revision: facts.filter((other) => other.stream === stream).length, position: (facts.length + 1) * 10 };
}

const added = (commandId: string, amount: number): Added => ({ type: 'Added', data: { amount }, metadata: { commandId } });

describe('the command handler', () => {
  it('appends what is decided after everything the stream holds', async () => {
    const store = arrayStore();
    await handleCommand(store, counter, 'counter-1', { commandId: 'a', amount: 2 });
    expect(await handleCommand(store, counter, 'counter-1', { commandId: 'b', amount: 3 })).toEqual({ state: 5, facts: [added('b', 3)], position: 20 });
    expect(store.facts.map(({ revision }) => revision)).toEqual([0, 1]);
  });

  it('appends nothing when nothing new happened, and says where the stream stands', async () => {
    const store = arrayStore();
    expect(await handleCommand(store, counter, 'counter-1', { commandId: 'a', amount: 0 })).toEqual({ state: 0, facts: [], position: null });
    await handleCommand(store, counter, 'counter-1', { commandId: 'b', amount: 1 });
    expect(await handleCommand(store, counter, 'counter-1', { commandId: 'c', amount: 0 })).toEqual({ state: 1, facts: [], position: 10 });
  });

  it('knows a command that it has carried out, also when others came after it', async () => {
    const store = arrayStore();
    await handleCommand(store, counter, 'counter-1', { commandId: 'a', amount: 1 });
    await handleCommand(store, counter, 'counter-1', { commandId: 'b', amount: 2 });
    expect(await handleCommand(store, counter, 'counter-1', { commandId: 'a', amount: 1 })).toEqual({ state: 3, facts: [], position: 20 });
  });

  it('decides again on what another writer left, at most three times', async () => {
    let rivals = 2;
    const store = arrayStore((facts) => {
      if (rivals > 0) facts.push(placed('counter-1', facts, added(`rival-${rivals--}`, 100)));
    });
    expect((await handleCommand(store, counter, 'counter-1', { commandId: 'a', amount: 1 })).state).toBe(201);
    rivals = 3;
    await expect(handleCommand(store, counter, 'counter-1', { commandId: 'b', amount: 1 })).rejects.toMatchObject({ code: 'version_conflict' });
  });

  it('passes a refusal on and keeps nothing', async () => {
    const store = arrayStore();
    await expect(handleCommand(store, counter, 'counter-1', { commandId: 'a', amount: 10_001 })).rejects.toMatchObject({ code: 'overloaded' });
    expect(store.facts).toEqual([]);
  });

  it('folds a stream longer than a page', async () => {
    const store = arrayStore();
    for (let place = 0; place < 2_500; place += 1) store.facts.push({ ...added(`c${place}`, 1), stream: 'counter-1', revision: place, position: place });
    expect((await handleCommand(store, counter, 'counter-1', { commandId: 'a', amount: 0 })).state).toBe(2_500);
    expect(store.reads).toBe(3);
  });
});

describe('the states of streams', () => {
  const append = (store: ReturnType<typeof arrayStore>, stream: string, amount: number): PlacedFact => {
    const fact = placed(stream, store.facts, added('x', amount));
    store.facts.push(fact);
    return fact;
  };

  it('are read once and kept in step from then on', async () => {
    const store = arrayStore();
    const states = streamStates(store, counter, 10);
    expect(await states.after([append(store, 'counter-1', 1), append(store, 'counter-2', 5), append(store, 'counter-1', 1)])).toEqual(new Map([['counter-1', 2], ['counter-2', 5]]));
    expect(await states.after([append(store, 'counter-1', 4)])).toEqual(new Map([['counter-1', 6]]));
    expect(store.reads).toBe(2);
  });

  it('are never older than what is recorded, whichever facts come again', async () => {
    const store = arrayStore();
    const facts = [append(store, 'counter-1', 1), append(store, 'counter-1', 1)];
    const states = streamStates(store, counter, 10);
    expect(await states.after(facts.slice(0, 1))).toEqual(new Map([['counter-1', 2]]));
    expect(await states.after(facts)).toEqual(new Map([['counter-1', 2]]));
  });

  it('are read again after a gap, and when they have been forgotten', async () => {
    const store = arrayStore();
    const states = streamStates(store, counter, 1);
    await states.after([append(store, 'counter-1', 1)]);
    append(store, 'counter-1', 1);
    expect(await states.after([append(store, 'counter-1', 1)])).toEqual(new Map([['counter-1', 3]]));
    await states.after([append(store, 'counter-2', 1)]);
    expect(await states.after([append(store, 'counter-1', 1)])).toEqual(new Map([['counter-1', 4]]));
    expect(store.reads).toBe(4);
  });
});
