import { eventHeaders, partitionOf, topics } from '@hookyard/event-schemas';
import type { MessageBus, MessagePosition, OutgoingMessage } from '@hookyard/ports';
import { createMetrics } from '@hookyard/runtime';
import { eventIntake } from './event-intake.ts';
import { intakeBudget } from './intake-budget.ts';
import { recentEvents } from './recent-events.ts';
import { webhookPositions } from './webhook-positions.ts';

const headers = { 'content-type': 'application/cloudevents+json' };
const bodyOf = (id: string) => Buffer.from(JSON.stringify({ specversion: '1.0', id, source: '/s', type: 't' }));
const partitions = 4;

/** A bus whose publications end when the test says so. */
function heldBus() {
  const published: (readonly OutgoingMessage[])[] = [];
  const held: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const publish = (messages: readonly OutgoingMessage[]) =>
    new Promise<readonly MessagePosition[]>((resolve, reject) => {
      published.push(messages);
      held.push({ resolve: () => resolve(messages.map((message, offset) => ({ topic: topics.events, partition: message.partition ?? 0, offset }))), reject });
    });
  const bus = { partitions: async () => partitions, publish } as Partial<MessageBus> as MessageBus;
  const publications = async (count: number) => {
    while (published.length < count) await new Promise(setImmediate);
    return published;
  };
  return { bus, held, publications };
}

async function intakeOn({ bus }: ReturnType<typeof heldBus>, positions = webhookPositions()) {
  const ports = {
    bus,
    events: { getMany: async () => [] },
    clock: { now: () => 0, after: () => () => undefined },
    metrics: createMetrics(),
    checks: () => ({ validation: 'off', problems: [] }) as const,
    positions,
    recent: recentEvents(10),
  };
  return eventIntake(ports, { maxEventBytes: 100, maxBatchEvents: 10 });
}

describe('the intake', () => {
  it('answers only when the bus has answered, and says of a repeat that came meanwhile that it is one', async () => {
    const bus = heldBus();
    const intake = await intakeOn(bus);
    let answers = 0;
    const first = intake({ project: 'p', headers, body: bodyOf('1') });
    const repeat = intake({ project: 'p', headers, body: bodyOf('1') });
    for (const answer of [first, repeat]) void answer.then(() => (answers += 1));
    await bus.publications(1);
    expect(answers).toBe(0);
    bus.held[0]?.resolve();
    expect((await first)[0]?.duplicate).toBe(false);
    expect((await repeat)[0]?.duplicate).toBe(true);
    expect(await bus.publications(1)).toHaveLength(1);
  });

  it('publishes a repeat itself when the first could not be published, and then says that it was the first', async () => {
    const bus = heldBus();
    const intake = await intakeOn(bus);
    const first = intake({ project: 'p', headers, body: bodyOf('1') });
    const repeat = intake({ project: 'p', headers, body: bodyOf('1') });
    await bus.publications(1);
    bus.held[0]?.reject(new Error('the broker is away'));
    await expect(first).rejects.toThrow('the broker is away');
    await bus.publications(2);
    bus.held[1]?.resolve();
    expect((await repeat)[0]?.duplicate).toBe(false);
  });

  it('keeps events of other projects apart', async () => {
    const bus = heldBus();
    const intake = await intakeOn(bus);
    const both = ['p', 'q'].map((project) => intake({ project, headers, body: bodyOf('1') }));
    await bus.publications(2);
    for (const { resolve } of bus.held) resolve();
    const [one, other] = await Promise.all(both);
    expect([one?.[0]?.duplicate, other?.[0]?.duplicate]).toEqual([false, false]);
    expect(one?.[0]?.eventId).not.toBe(other?.[0]?.eventId);
  });

  it('stamps the newest change of webhooks it knows in the partition of the project, and none where there was none', async () => {
    const bus = heldBus();
    const positions = webhookPositions();
    const partition = partitionOf('p', partitions);
    for (const offset of [3, 7, 5]) positions.saw({ topic: 'webhooks', partition, offset });
    positions.saw({ topic: 'projects', partition, offset: 9 });
    const intake = await intakeOn(bus, positions);
    const elsewhere = ['a', 'b', 'c', 'd', 'e', 'f'].find((project) => partitionOf(project, partitions) !== partition) ?? '';
    void intake({ project: 'p', headers, body: bodyOf('1') });
    void intake({ project: elsewhere, headers, body: bodyOf('1') });
    const [stamped, plain] = await bus.publications(2);
    expect(stamped?.[0]?.headers?.[eventHeaders.webhooksPosition]).toBe(`${partition}:7`);
    expect(plain?.[0]?.headers).not.toHaveProperty(eventHeaders.webhooksPosition);
    for (const { resolve } of bus.held) resolve();
  });
});

describe('the budget of bytes in hand', () => {
  it('refuses what does not fit, until bytes are given back, each once', () => {
    const budget = intakeBudget(100);
    const giveBack = budget.take(80);
    expect(() => budget.take(30)).toThrow('80 bytes are in hand');
    budget.take(20);
    giveBack();
    giveBack();
    expect(budget.inUse()).toBe(20);
    budget.take(80);
  });

  it('always takes one request alone, however large', () => {
    expect(() => intakeBudget(10).take(50)).not.toThrow();
  });
});

describe('recent events', () => {
  it('are forgotten in the order they came when there are too many', () => {
    const recent = recentEvents(2);
    for (const [offset, id] of ['a', 'b', 'c'].entries()) recent.add(id, { topic: 'events', partition: 0, offset });
    expect(['a', 'b', 'c'].map((id) => recent.find(id)?.offset)).toEqual([undefined, 1, 2]);
  });
});
