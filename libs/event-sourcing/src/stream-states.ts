import { foldPage, foldStream, type Evolver, type FactReader, type Folded, type PlacedFact } from './fold.ts';

/** The states of many streams, kept in step with what a subscription brings. */
export type StreamStates<State> = {
  /** The state of each stream that the facts are of, by stream: with all of them applied, or newer. */
  after(facts: readonly PlacedFact[]): Promise<ReadonlyMap<string, State>>;
};

/**
 * A state that is not known is read from its stream, so it is never older than what is recorded: facts that come again
 * cannot bring back an earlier state. At most `maxStreams` are remembered; the others are read again when they change.
 */
export function streamStates<State, Event>(store: FactReader, evolver: Evolver<State, Event>, maxStreams: number): StreamStates<State> {
  const known = new Map<string, Folded<State>>();

  async function stateAfter(stream: string, facts: readonly PlacedFact[]): Promise<State> {
    const folded = advanced(known.get(stream), facts, evolver) ?? (await foldStream(store, evolver, stream));
    known.delete(stream);
    known.set(stream, folded);
    const [oldest] = known.keys();
    if (known.size > maxStreams && oldest !== undefined) known.delete(oldest);
    return folded.state;
  }

  return {
    async after(facts) {
      const states = await Promise.all([...byStream(facts)].map(async ([stream, own]) => [stream, await stateAfter(stream, own)] as const));
      return new Map(states);
    },
  };
}

/** Undefined when the facts do not follow on what is known. */
function advanced<State, Event>(known: Folded<State> | undefined, facts: readonly PlacedFact[], evolver: Evolver<State, Event>): Folded<State> | undefined {
  const seen = known?.last?.revision;
  if (known === undefined || seen === undefined) return undefined;
  const fresh = facts.filter(({ revision }) => revision > seen);
  const follows = fresh.every(({ revision }, index) => revision === seen + 1 + index);
  return follows ? foldPage(evolver, known, fresh) : undefined;
}

function byStream(facts: readonly PlacedFact[]): ReadonlyMap<string, readonly PlacedFact[]> {
  const grouped = new Map<string, PlacedFact[]>();
  for (const fact of facts) {
    const own = grouped.get(fact.stream);
    if (own === undefined) grouped.set(fact.stream, [fact]);
    else own.push(fact);
  }
  return grouped;
}
