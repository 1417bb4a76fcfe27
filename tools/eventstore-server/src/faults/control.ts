import type { ServerState } from '../server.ts';
import type { Fault, FaultName } from './faults.ts';

/** Makes a server that runs elsewhere fail on demand. */
export interface Control {
  /** Resolves when it is in force. */
  set<Name extends FaultName>(name: Name, fault: Fault<Name>): Promise<void>;
  /** One of them, or all. */
  clear(name?: FaultName): Promise<void>;
  /** What is set. */
  active(): Promise<{ readonly [Name in FaultName]?: Fault<Name> }>;
  state(): Promise<ServerState>;
  cutConnections(): Promise<void>;
}

/** `url`: what the server printed as its control. */
export function controlOf(url: string): Control {
  async function request(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await fetch(`${url}${path}`, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  return {
    set: async (name, fault) => void (await request('PUT', `/faults/${name}`, fault)),
    clear: async (name) => void (await request('DELETE', name === undefined ? '/faults' : `/faults/${name}`)),
    active: async () => (await (await request('GET', '/faults')).json()) as { readonly [Name in FaultName]?: Fault<Name> },
    state: async () => (await (await request('GET', '/state')).json()) as ServerState,
    cutConnections: async () => void (await request('POST', '/cut')),
  };
}
