import { isFault, uuidFrom } from '@hookyard/event-schemas';
import type { Decider, Fact } from './decider.ts';
import { foldPage, pagesOf, type FactReader, type Folded } from './fold.ts';

/** What the handler needs of an event store. */
export type FactStore = FactReader & {
  append(
    stream: string,
    facts: readonly { readonly id: string; readonly type: string; readonly data: unknown; readonly metadata?: Readonly<Record<string, unknown>> }[],
    expected: 'no_stream' | number,
  ): Promise<{ readonly revision: number; readonly position: number }>;
};

/** A fact that says which command led to it. */
export type CausedFact = Fact & { readonly metadata: { readonly commandId: string } & Readonly<Record<string, unknown>> };

export type Handled<State, Event> = {
  readonly state: State;
  /** What the command added; empty when nothing new happened. */
  readonly facts: readonly Event[];
  /** Place in the store of the stream's last fact; null when the stream has none. */
  readonly position: number | null;
};

const maxAttempts = 3;

/**
 * Read, fold, decide, append at the revision read; read again when somebody else wrote first, three attempts in all.
 * A command whose facts stand in the stream already is a repeat: it decides nothing and answers the state of now.
 */
export async function handleCommand<State, Command extends { readonly commandId: string }, Event extends CausedFact>(
  store: FactStore,
  decider: Decider<State, Command, Event>,
  stream: string,
  command: Command,
): Promise<Handled<State, Event>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await decideOnce(store, decider, stream, command);
    } catch (error) {
      if (attempt >= maxAttempts || !isFault(error, 'version_conflict')) throw error;
    }
  }
}

async function decideOnce<State, Command extends { readonly commandId: string }, Event extends CausedFact>(
  store: FactStore,
  decider: Decider<State, Command, Event>,
  stream: string,
  command: Command,
): Promise<Handled<State, Event>> {
  let before: Folded<State> = { state: decider.initialState, last: null };
  let isRepeat = false;
  for await (const page of pagesOf(store, stream)) {
    isRepeat ||= page.some(({ metadata }) => metadata['commandId'] === command.commandId);
    before = foldPage(decider, before, page);
  }
  const facts = isRepeat ? [] : decider.decide(command, before.state);
  if (facts.length === 0) return { state: before.state, facts, position: before.last?.position ?? null };
  const appended = await store.append(stream, facts.map((fact, index) => ({ ...fact, id: uuidFrom(command.commandId, String(index)) })), before.last?.revision ?? 'no_stream');
  return { state: facts.reduce(decider.evolve, before.state), facts, position: appended.position };
}
