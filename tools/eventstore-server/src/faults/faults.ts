/** Which calls a fault concerns. Appends are all writes, deletions too; reads are subscriptions too. */
export type Calls = 'appends' | 'reads' | 'all';

/** What can be made to go wrong, and how. */
export type FaultSettings = {
  /** Calls are accepted and never answered. */
  readonly silence: { readonly calls?: Calls };
  /** Writes are done, and the connection is cut instead of answering. */
  readonly dropReply: object;
  /** Writes are refused as too many. On the batch path the details are Empty. */
  readonly busy: object;
  /** Calls are refused as by a server that is starting. */
  readonly notReady: { readonly calls?: Calls };
  /** As a follower that names the leader: writes are refused (a real one may forward them), and reads that require the leader. */
  readonly notLeader: { readonly host: string; readonly port: number; readonly calls?: Calls };
  /**
   * Subscriptions end, those that run and those that begin. `overflow`: as 23.10 drops a slow reader. `fell_behind`: they do not end;
   * as 24.2 and later treat a slow reader, catch-up begins again.
   */
  readonly dropSubscription: { readonly as: 'overflow' | 'cancelled' | 'unavailable' | 'fell_behind' };
  /** The next append ends its batch stream with status OK instead of being done. */
  readonly endBatchStream: object;
  /** Asking for the server's features fails. `code`: a gRPC status, default 13 (INTERNAL). */
  readonly failServerFeatures: { readonly code?: number };
  /** Answers wait. */
  readonly delay: { readonly ms: number; readonly calls?: Calls };
};

export type FaultName = keyof FaultSettings;

/** `times`: how often it happens before it is over; absent: until it is cleared. */
export type Fault<Name extends FaultName = FaultName> = FaultSettings[Name] & { readonly times?: number };

export const faultNames: readonly FaultName[] = ['silence', 'dropReply', 'busy', 'notReady', 'notLeader', 'dropSubscription', 'endBatchStream', 'failServerFeatures', 'delay'];

export interface Faults {
  set<Name extends FaultName>(name: Name, fault: Fault<Name>): void;
  /** One of them, or all. */
  clear(name?: FaultName): void;
  /** What is set. */
  active(): { readonly [Name in FaultName]?: Fault<Name> };
  /** Its settings when it is to happen now, which counts. */
  take<Name extends FaultName>(name: Name, calls?: Calls): Fault<Name> | undefined;
  /** Calls `listener` when a fault has been set, until the function that it answers is called. */
  onSet(listener: () => void): () => void;
}

export function faults(): Faults {
  const active = new Map<FaultName, Fault>();
  const listeners = new Set<() => void>();

  function count(name: FaultName, fault: Fault): void {
    if (fault.times === undefined) return;
    if (fault.times <= 1) active.delete(name);
    else active.set(name, { ...fault, times: fault.times - 1 });
  }

  return {
    set(name, fault) {
      active.set(name, fault);
      for (const listener of listeners) listener();
    },
    clear(name) {
      if (name === undefined) active.clear();
      else active.delete(name);
    },
    active: () => Object.fromEntries(active),
    take(name, calls) {
      const fault = active.get(name) as Fault<typeof name> | undefined;
      if (fault === undefined || !concerns(fault, calls)) return undefined;
      count(name, fault);
      return fault;
    },
    onSet(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function concerns(fault: Fault, calls: Calls | undefined): boolean {
  const asked = 'calls' in fault ? fault.calls : undefined;
  return asked === undefined || asked === 'all' || asked === calls;
}
