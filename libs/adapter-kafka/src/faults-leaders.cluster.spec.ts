import { startKafka, type Kafka } from '@hookyard/test-servers';
import { freshName, until } from '@hookyard/ports/testing';
import { contentsOf, openTestBus, publishUntil } from './cluster-harness.ts';
import type { KafkaBus } from './kafka-bus.ts';

/** Real: three brokers of this file's own, killed and restarted in turn while the bus publishes. Asserted: what was acknowledged is there, at its place. */
let kafka: Kafka;
let bus: KafkaBus;

beforeAll(async () => {
  kafka = await startKafka({ brokers: 3 });
  bus = await openTestBus({ brokers: kafka.address.split(',') });
}, 180_000);

afterAll(async () => {
  await bus?.close();
  await kafka?.stop();
}, 60_000);

/** Each broker, and with it a third of the leaders, dies and comes back in turn. */
async function killInTurn(rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const broker = kafka.brokers[round % kafka.brokers.length];
    await broker?.kill();
    // Until others have taken over: a write to every partition passes.
    await until(() => bus.publish(everywhere), { withinMs: 40_000 });
    await broker?.restart();
  }
}

const topic = freshName('topic');
const partitions = 12;
const everywhere = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, key: 'probe', value: Buffer.from('probe') }));

describe('publishing while leaders are killed', () => {
  it('replicates what it makes to three brokers, of which two must have a message', async () => {
    await bus.declare([{ name: topic, partitions }]);
    const [first] = await bus.publish(everywhere);
    expect(first).toMatchObject({ topic, partition: 0 });
  }, 60_000);

  it('loses nothing acknowledged of calls that cover all partitions and of calls that share one', async () => {
    let isOver = false;
    const killing = killInTurn(3).finally(() => (isOver = true));
    // Half of the callers write to all partitions in each call, the others to one of three.
    const [broad, narrow] = await Promise.all([
      publishUntil(bus, { topic, callers: 3, spread: partitions, isBroad: true, restMs: 5, until: () => isOver }),
      publishUntil(bus, { topic, callers: 6, spread: 3, restMs: 5, until: () => isOver }),
    ]);
    await killing;

    const found = await contentsOf(bus, topic);
    expect(broad.lost(found)).toEqual([]);
    expect(narrow.lost(found)).toEqual([]);
    expect(narrow.outOfOrder(found)).toEqual([]);
    expect(broad.count()).toBeGreaterThan(500);
    expect(bus.state().counters['resent']).toBeGreaterThan(0);
  }, 180_000);
});
