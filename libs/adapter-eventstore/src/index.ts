export { openEventStoreDb, type EventStoreDbOptions } from './open.ts';
export type { Credentials, UserCertificate } from './connection-string.ts';
