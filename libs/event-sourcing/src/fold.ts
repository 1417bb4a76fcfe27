import type { Decider, Fact } from './decider.ts';

/** A fact with its place, as a store answers it. */
export type PlacedFact = Fact & { readonly stream: string; readonly revision: number; readonly position: number; readonly metadata: Readonly<Record<string, unknown>> };

export type FactReader = {
  read(stream: string, options: { readonly from: number; readonly limit: number }): Promise<readonly PlacedFact[]>;
};

/** How facts add up to a state; a decider is one. */
export type Evolver<State, Event> = Pick<Decider<State, never, Event>, 'initialState' | 'evolve'>;

/** What a stream holds, folded. `last` is null for a stream without facts. */
export type Folded<State> = { readonly state: State; readonly last: { readonly revision: number; readonly position: number } | null };

// One page of a stream: long ones are read in several, so that no answer grows without bound.
const pageSize = 1_000;

/** Every fact of a stream, page by page, oldest first. */
export async function* pagesOf(store: FactReader, stream: string): AsyncGenerator<readonly PlacedFact[]> {
  let from = 0;
  for (;;) {
    const page = await store.read(stream, { from, limit: pageSize });
    if (page.length > 0) yield page;
    if (page.length < pageSize) return;
    from = lastOf(page).revision + 1;
  }
}

/** One more page on top of what is folded already. A store keeps facts as plain JSON; here they get their type back. */
export function foldPage<State, Event>(evolver: Evolver<State, Event>, folded: Folded<State>, page: readonly PlacedFact[]): Folded<State> {
  const state = page.reduce<State>((before, fact) => evolver.evolve(before, fact as unknown as Event), folded.state);
  return page.length === 0 ? folded : { state, last: lastOf(page) };
}

/** The state of a stream now. */
export async function foldStream<State, Event>(store: FactReader, evolver: Evolver<State, Event>, stream: string): Promise<Folded<State>> {
  let folded: Folded<State> = { state: evolver.initialState, last: null };
  for await (const page of pagesOf(store, stream)) folded = foldPage(evolver, folded, page);
  return folded;
}

function lastOf(page: readonly PlacedFact[]): PlacedFact {
  const last = page.at(-1);
  if (last === undefined) throw new Error('an empty page has no last fact');
  return last;
}
