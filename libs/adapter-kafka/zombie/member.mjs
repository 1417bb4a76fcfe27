/**
 * The process that `zombie.cluster.spec.ts` stops and wakes: a member of a group whose handler takes its time over messages that begin with
 * `held`. Tells on stdout, one JSON line each, what happens to it; a line on stdin ends the holding. Arguments: a JSON object.
 */
import { once } from 'node:events';
import { openKafkaBus } from '@hookyard/adapter-kafka';

const { brokers, group, topic, output, sessionTimeoutMs } = JSON.parse(process.argv[2]);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const released = once(process.stdin, 'data');

const bus = await openKafkaBus({ brokers, clientId: 'zombie', sessionTimeoutMs });

await bus.consume({
  group,
  topics: [topic],
  maxBatch: 3,
  async handle({ messages, partition, consumption }) {
    const texts = messages.map(({ value }) => value.toString());
    tell({ did: 'begin', partition, texts });
    if (texts.some((text) => text.startsWith('held'))) await released;
    tell({ did: 'end', partition, texts, owns: consumption.owns({ topic, partition }) });
    return texts.map((text) => ({ topic: output, key: text, partition: 0, value: Buffer.from(`zombie ${text}`) }));
  },
  onAssigned: async (partitions) => tell({ did: 'assigned', partitions: partitions.map(({ partition }) => partition) }),
  onRevoked: async (partitions, consumption) => {
    const { topic: of, partition } = partitions[0];
    const refusal = await consumption.commit([{ topic: of, partition, offset: 0 }]).then(() => 'none', ({ code }) => code);
    tell({ did: 'revoked', partitions: partitions.map((each) => each.partition), refusal });
  },
  onCommitFailed: ({ code }) => tell({ did: 'refused', code }),
});

process.stdin.on('end', async () => {
  await bus.close();
  process.exit(0);
});
