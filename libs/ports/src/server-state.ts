/** How a connection to a server stands. Asking costs no I/O. */
export type ServerState = {
  /** False when the last use of the server failed and none has succeeded since. */
  readonly ok: boolean;
  /** Why not, in a sentence for the operator; no credentials. */
  readonly detail?: string;
  /** Numbers that only grow while the process lives, by what they count: they become metrics. */
  readonly counters: Readonly<Record<string, number>>;
};

/** What a port on a server offers beside its own methods. */
export interface Watched {
  state(): ServerState;
}
