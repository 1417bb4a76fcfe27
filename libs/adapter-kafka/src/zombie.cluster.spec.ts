import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Batch, MessageBus } from '@hookyard/ports';
import { freshName, until } from '@hookyard/ports/testing';
import { contentsOf, openTestBus, testBrokers, textsOf } from './cluster-harness.ts';

/**
 * Real: the brokers, a process of its own that is a member of a group, SIGSTOP and SIGCONT. Nothing is doubled.
 * Asserted: what the sleeper does after it was woken changes neither positions nor outputs, and it finds back into the group by itself.
 */

type Told = {
  readonly did: 'begin' | 'end' | 'assigned' | 'revoked' | 'refused';
  readonly partitions?: readonly number[];
  readonly texts?: readonly string[];
  readonly owns?: boolean;
  readonly code?: string;
  readonly refusal?: string;
};

const sessionTimeoutMs = 2_000;
const script = fileURLToPath(new URL('../zombie/member.mjs', import.meta.url));
const fromSources = new URL('../../adapter-sqlite/from-sources/register.mjs', import.meta.url).href;

function startMember(options: object): { readonly child: ChildProcess; readonly told: Told[]; readonly ended: Promise<unknown> } {
  const child = spawn(process.execPath, ['--import', fromSources, '--conditions=@hookyard/source', script, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const told: Told[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => told.push(JSON.parse(line) as Told));
  return { child, told, ended: once(child, 'exit') };
}

const texts = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix} ${String(at).padStart(3, '0')}`);

const outputsIn = async (bus: MessageBus, topic: string) => textsOf(await contentsOf(bus, topic));

describe('a member that slept beyond its session', () => {
  it('commits nothing of what it had in hand, begins nothing that others own, and joins again', async () => {
    const bus = await openTestBus({ sessionTimeoutMs });
    const [group, topic, output] = [freshName('group'), freshName('topic'), freshName('output')];
    await bus.declare([{ name: topic, partitions: 4 }, { name: output, partitions: 1 }]);
    const publish = (all: readonly string[]) => bus.publish(all.map((text, at) => ({ topic, key: text, partition: at % 4, value: Buffer.from(text) })));
    const { child, told, ended } = startMember({ brokers: testBrokers(), group, topic, output, sessionTimeoutMs });
    try {
      await until(() => told.some(({ did, partitions }) => did === 'assigned' && partitions?.length === 4));
      await publish(texts('before', 40));
      await until(async () => (await outputsIn(bus, output)).length === 40);
      await publish(texts('held', 20));
      await until(() => told.filter(({ did, texts: begun }) => did === 'begin' && begun?.[0]?.startsWith('held')).length === 4);

      child.kill('SIGSTOP');
      const handle = async ({ messages }: Batch) => messages.map(({ key, value }) => ({ topic: output, key, partition: 0, value: Buffer.from(`owner ${value?.toString()}`) }));
      const owner = await bus.consume({ group, topics: [topic], handle });
      await until(() => owner.assigned().length === 4);
      await publish(texts('after', 40));
      await owner.whenCaughtUp();
      const toldAsleep = told.length;
      const committed = await bus.committed(group, topic);

      child.kill('SIGCONT');
      child.stdin?.write('go on\n');
      await until(() => told.slice(toldAsleep).some(({ did, partitions }) => did === 'assigned' && partitions?.length === 2));
      expect(owner.assigned()).toHaveLength(2);

      const awake = told.slice(toldAsleep);
      const untilBack = awake.slice(0, awake.findIndex(({ did }) => did === 'assigned'));
      expect(untilBack.filter(({ did }) => did === 'begin')).toEqual([]);
      expect(untilBack.filter(({ did }) => did === 'end').map(({ owns }) => owns)).toEqual([false, false, false, false]);
      expect(untilBack.filter(({ did }) => did === 'refused').map(({ code }) => code)).toEqual(['not_assigned', 'not_assigned', 'not_assigned', 'not_assigned']);
      const revoked = untilBack.filter(({ did }) => did === 'revoked');
      expect(revoked.flatMap(({ partitions }) => partitions).sort()).toEqual([0, 1, 2, 3]);
      expect(new Set(revoked.map(({ refusal }) => refusal))).toEqual(new Set(['not_assigned']));
      expect(await bus.committed(group, topic)).toEqual(committed);

      await publish(texts('together', 40));
      await owner.whenCaughtUp();
      const outputs = await outputsIn(bus, output);
      const handled = outputs.map((text) => text.slice(text.indexOf(' ') + 1));
      expect(handled.sort()).toEqual([...texts('before', 40), ...texts('held', 20), ...texts('after', 40), ...texts('together', 40)].sort());
      expect(outputs.filter((text) => text.startsWith('zombie held'))).toEqual([]);
      expect(outputs.filter((text) => text.startsWith('zombie together')).length).toBeGreaterThan(0);
    } finally {
      child.kill('SIGCONT');
      child.stdin?.end();
      await Promise.all([ended, bus.close()]);
    }
  }, 60_000);
});
