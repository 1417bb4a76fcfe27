import type { ServerState } from '@hookyard/ports';
import type { MongoClient, TopologyDescription } from 'mongodb';
import type { CallEvents } from './calls.ts';
import { NoAnswer } from './passing-errors.ts';

export type ConnectionState = {
  readonly state: () => ServerState;
  readonly events: CallEvents;
};

// What takes writes, by the names of the driver (SDAM specification).
const writable: ReadonlySet<string> = new Set(['Standalone', 'RSPrimary', 'Mongos', 'LoadBalancer']);

/** Watches what the driver tells of its connections and what becomes of calls. Costs no command: the driver's own heartbeats do. */
export function watchConnection(client: MongoClient, address: string): ConnectionState {
  const counters = { calls: 0, retries: 0, timeouts: 0, unavailable: 0, connects: 0, poolClears: 0, failovers: 0 };
  let primary: string | undefined;
  let hasPrimary = false;
  let failure: { readonly detail: string } | undefined;

  client.on('connectionReady', () => (counters.connects += 1));
  client.on('connectionPoolCleared', () => (counters.poolClears += 1));
  client.on('topologyDescriptionChanged', ({ newDescription }) => {
    const found = writableServer(newDescription);
    hasPrimary = found !== undefined;
    if (found === undefined) return;
    if (primary !== undefined && primary !== found) counters.failovers += 1;
    primary = found;
  });
  // Without it a process that gets no calls while it is not ready would stay so.
  client.on('serverHeartbeatSucceeded', () => {
    if (hasPrimary) failure = undefined;
  });

  return {
    state() {
      if (failure !== undefined) return { ok: false, detail: `MongoDB at ${address} does not answer: ${failure.detail}`, counters: { ...counters } };
      if (!hasPrimary) return { ok: false, detail: `MongoDB at ${address} has no server that takes writes`, counters: { ...counters } };
      return { ok: true, counters: { ...counters } };
    },
    events: {
      answered() {
        counters.calls += 1;
        failure = undefined;
      },
      failed(error) {
        if (error instanceof NoAnswer) counters.timeouts += 1;
        failure = { detail: error instanceof Error ? error.message : String(error) };
      },
      retried: () => void (counters.retries += 1),
      gaveUp: () => void (counters.unavailable += 1),
    },
  };
}

function writableServer({ servers }: TopologyDescription): string | undefined {
  for (const [address, { type }] of servers) if (writable.has(type)) return address;
  return undefined;
}
