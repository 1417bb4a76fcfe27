import { env } from 'node:process';

/** The server that the specs of this package run against. */
export function connectionString(): string {
  const text = env['HOOKYARD_TEST_EVENTSTORE'];
  if (text === undefined || text === '') throw new Error('HOOKYARD_TEST_EVENTSTORE names no server: `npm run test:cluster` starts one, or set it to a connection string (esdb://host:port?tls=false).');
  return text;
}
