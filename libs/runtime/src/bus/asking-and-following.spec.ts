/**
 * Command client and table follower against a bus of a few lines.
 * Real: the client, the followers. Doubled: the bus (one partition for each topic, all in memory, follows can be broken off) and the clock.
 */
import { Fault } from '@hookyard/event-schemas';
import type { Clock, FollowOptions, Message, MessageBus, OutgoingMessage } from '@hookyard/ports';
import { commandClient } from './command-client.ts';
import { replyMessage } from './command-message.ts';
import { followTable } from './follow-table.ts';

function fakeBus() {
  const logs = new Map<string, Message[]>();
  const follows = new Set<{ options: FollowOptions; next: number; fail: (error: Error) => void }>();
  const log = (topic: string): Message[] => {
    const known = logs.get(topic) ?? [];
    logs.set(topic, known);
    return known;
  };

  async function run(): Promise<void> {
    for (const follow of follows) {
      for (const message of log(follow.options.topic).slice(follow.next)) {
        follow.next = message.offset + 1;
        await Promise.resolve(follow.options.handle([message])).catch(follow.fail);
      }
    }
  }

  const bus = {
    async publish(messages: readonly OutgoingMessage[]) {
      const positions = messages.map(({ topic, key, value, headers = {} }) => {
        const offset = log(topic).length;
        log(topic).push({ topic, partition: 0, offset, key, value, headers, publishedAt: 0 });
        return { topic, partition: 0, offset };
      });
      await run();
      return positions;
    },
    offsets: async (topic: string) => [{ partition: 0, low: 0, high: log(topic).length }],
    async follow(options: FollowOptions) {
      let fail = (_: Error): void => undefined;
      const failed = new Promise<never>((_, reject) => (fail = reject));
      const follow = { options, next: options.from instanceof Map ? (options.from.get(0) ?? 0) : 0, fail };
      follows.add(follow);
      await run();
      return { failed, caughtUp: async () => undefined, whenReached: async () => undefined, stop: async () => void follows.delete(follow) };
    },
  } as unknown as MessageBus;

  return {
    bus,
    log,
    breakOff() {
      for (const follow of follows) follow.fail(new Error('connection lost'));
      follows.clear();
    },
  };
}

function manualClock(): Clock & { pass(): void } {
  const tasks = new Set<() => void>();
  return {
    now: () => 0,
    after(_, task) {
      tasks.add(task);
      return () => void tasks.delete(task);
    },
    pass() {
      for (const task of tasks) task();
      tasks.clear();
    },
  };
}

const settled = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await Promise.resolve();
};

describe('a command client', () => {
  const answer = async ({ bus, log }: ReturnType<typeof fakeBus>, result: Parameters<typeof replyMessage>[1]) => {
    await settled(() => log('commands').length > 0);
    const reply = replyMessage(log('commands').at(-1) as Message, result);
    if (reply !== null) await bus.publish([reply]);
  };

  it('publishes the command under its kind and key and resolves with the reply', async () => {
    const fake = fakeBus();
    const client = commandClient({ bus: fake.bus, clock: manualClock() });
    const asked = client.request('webhook', 'wh_1', { type: 'DeleteWebhook' });
    await answer(fake, { ok: { revision: 3 } });
    expect(await asked).toEqual({ revision: 3 });
    const [command] = fake.log('commands');
    expect([command?.key, command?.headers['hy-command'], command?.value?.toString()]).toEqual(['wh_1', 'webhook', '{"type":"DeleteWebhook"}']);
  });

  it('rejects with the fault that the reply carries', async () => {
    const fake = fakeBus();
    const asked = commandClient({ bus: fake.bus, clock: manualClock() }).request('webhook', 'wh_1', {});
    await Promise.all([
      expect(asked).rejects.toMatchObject({ code: 'precondition_failed', details: { revision: 4 } }),
      answer(fake, { fault: new Fault('precondition_failed', { revision: 4 }) }),
    ]);
  });

  it('keeps to its own replies', async () => {
    const fake = fakeBus();
    const [one, other] = [commandClient({ bus: fake.bus }), commandClient({ bus: fake.bus })];
    const asked = one.request('webhook', 'wh_1', {});
    await answer(fake, { ok: 1 });
    expect(await asked).toBe(1);
    const askedToo = other.request('webhook', 'wh_2', {});
    await settled(() => fake.log('commands').length === 2);
    await answer(fake, { ok: 2 });
    expect(await askedToo).toBe(2);
    await Promise.all([one.close(), other.close()]);
  });

  it('gives up at the deadline', async () => {
    const fake = fakeBus();
    const clock = manualClock();
    const asked = commandClient({ bus: fake.bus, clock }).request('webhook', 'wh_1', {}, { deadlineMs: 50 });
    await settled(() => fake.log('commands').length === 1);
    clock.pass();
    await expect(asked).rejects.toMatchObject({ code: 'deadline_exceeded', details: { afterMs: 50 } });
  });

  it('asks no more than so many at once, and nothing after it is closed', async () => {
    const fake = fakeBus();
    const client = commandClient({ bus: fake.bus, clock: manualClock(), maxPending: 1 });
    const first = client.request('webhook', 'wh_1', {});
    await expect(client.request('webhook', 'wh_2', {})).rejects.toMatchObject({ code: 'overloaded' });
    await Promise.all([expect(first).rejects.toMatchObject({ code: 'closed' }), client.close()]);
    await expect(client.request('webhook', 'wh_1', {})).rejects.toMatchObject({ code: 'closed' });
    expect(fake.log('commands')).toHaveLength(1);
  });
});

describe('a table', () => {
  const put = (key: string, value: unknown): OutgoingMessage => ({ topic: 'webhooks', key, value: value === null ? null : Buffer.from(JSON.stringify(value)) });

  it('holds what was published before and after it began, and forgets what is removed', async () => {
    const { bus } = fakeBus();
    const rows = new Map<string, unknown>();
    await bus.publish([put('a', 1), put('b', 1)]);
    await followTable<number>(bus, 'webhooks', (key, row) => (row === null ? rows.delete(key) : rows.set(key, row)));
    await bus.publish([put('a', 2), put('b', null)]);
    expect([...rows]).toEqual([['a', 2]]);
  });

  it('passes over a record that is no JSON', async () => {
    const { bus } = fakeBus();
    const rows: string[] = [];
    await bus.publish([{ topic: 'webhooks', key: 'a', value: Buffer.from('{') }, put('b', 1)]);
    await followTable(bus, 'webhooks', (key) => rows.push(key));
    expect(rows).toEqual(['b']);
  });

  it('goes on where it was when following breaks off', async () => {
    const { bus, breakOff } = fakeBus();
    const clock = manualClock();
    const rows: unknown[] = [];
    const table = await followTable(bus, 'webhooks', (_, row) => rows.push(row), { clock });
    await bus.publish([put('a', 1)]);
    breakOff();
    await bus.publish([put('a', 2)]);
    for (let step = 0; step < 10; step += 1) await Promise.resolve();
    clock.pass();
    await settled(() => rows.length === 2);
    expect(rows).toEqual([1, 2]);
    await table.whenReached(0, 1);
    await table.stop();
  });
});
