import { startKafka, type Kafka } from '@hookyard/test-servers';
import { freshName } from '@hookyard/ports/testing';
import { openTestBus, textsOf } from './cluster-harness.ts';
import type { KafkaBusOptions } from './options.ts';

/** Real: a broker of this file's own with a listener that asks for TLS and a password. */
let kafka: Kafka;

beforeAll(async () => {
  kafka = await startKafka({ security: 'SASL_SSL' });
}, 120_000);

afterAll(() => kafka?.stop());

function secured(mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', password?: string): Partial<KafkaBusOptions> {
  const { address, ca, user } = kafka.secured ?? {};
  return {
    brokers: [address ?? ''],
    ssl: { ca: ca ?? '' },
    sasl: { mechanism, username: user?.name ?? '', password: password ?? user?.password ?? '' },
    startTimeoutMs: 5_000,
  };
}

describe('a secured cluster', () => {
  it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('lets in by %s over TLS, on every connection', async (mechanism) => {
    const bus = await openTestBus(secured(mechanism));
    const topic = freshName('topic');
    await bus.declare([{ name: topic, partitions: 1 }]);
    const seen: string[] = [];
    const follower = await bus.follow({ topic, from: 'beginning', handle: (messages) => void seen.push(...textsOf(messages)) });
    const [position] = await bus.publish([{ topic, key: 'k', value: Buffer.from('sealed on the way') }]);
    await follower.whenReached(0, position?.offset ?? 0);
    expect(seen).toEqual(['sealed on the way']);
    const consumption = await bus.consume({ group: freshName('group'), topics: [topic], handle: ({ messages }) => Promise.resolve(messages.map(({ key, value }) => ({ topic, key, value }))) });
    await consumption.whenCaughtUp();
    await bus.close();
  });

  it.each(['plain', 'scram-sha-256'] as const)('refuses a wrong password by %s at once, and does not repeat it', async (mechanism) => {
    const beganAt = performance.now();
    const error = await openTestBus(secured(mechanism, 'not the password')).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ name: 'Fault', code: 'unavailable' });
    expect(String(error)).toMatch(/does not accept the credentials/);
    expect(String(error)).not.toContain('not the password');
    expect(performance.now() - beganAt).toBeLessThan(4_000);
  });

  it('does not speak to a server whose certificate it cannot check', async () => {
    const { ssl: _, ...others } = secured('plain');
    const error = await openTestBus({ ...others, ssl: true, startTimeoutMs: 800 }).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ name: 'Fault', code: 'unavailable' });
    expect(String(error)).toMatch(/certificate/);
  });
});
