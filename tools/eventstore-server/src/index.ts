export { controlOf, type Control } from './faults/control.ts';
export type { Calls, Fault, FaultName, Faults, FaultSettings } from './faults/faults.ts';
export { startEventStoreServer, type EventStoreServer, type EventStoreServerOptions, type ServerState } from './server.ts';
export { selfSigned, type SelfSigned } from './self-signed.ts';
