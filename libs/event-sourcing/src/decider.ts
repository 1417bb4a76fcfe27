/** An aggregate's rules: decide what happens, and what state that leads to. Both pure. */
export type Decider<State, Command, Event> = {
  readonly initialState: State;
  /** What the command leads to; empty when nothing new happened. Throws a `Fault` to refuse. */
  readonly decide: (command: Command, state: State) => readonly Event[];
  readonly evolve: (state: State, event: Event) => State;
};

/** Facts are plain objects, told apart by `type`. */
export type Fact = { readonly type: string; readonly data: unknown };
