import { env } from 'node:process';
import { openBus, type KafkaBus } from './kafka-bus.ts';
import type { KafkaBusOptions } from './options.ts';

/** Real: the brokers, the network, the clock. Nothing is doubled. Names are fresh in every test, since the servers are shared and keep what they get. */

/** Where the servers under test are. Rejects with what to do when nobody said. */
export function testBrokers(): readonly string[] {
  const brokers = env['HOOKYARD_TEST_KAFKA'];
  if (brokers === undefined || brokers === '') {
    throw new Error('HOOKYARD_TEST_KAFKA names no Kafka broker: "npm run test:cluster" starts servers, or set it to host:port[,host:port].');
  }
  return brokers.split(',');
}

// A member that crashed holds its partitions for the session's time: short here, so that tests need not wait for long.
const quick = { clientId: 'hookyard-test', sessionTimeoutMs: 1_500, heartbeatMs: 200 };

export function openTestBus(options: Partial<KafkaBusOptions> = {}): Promise<KafkaBus> {
  return openBus({ brokers: options.brokers ?? testBrokers(), ...quick, ...options });
}
