/**
 * Real: Nest, its decorators and filters, the transport. Doubled: the bus, which only keeps what it is asked, so that a test plays
 * the engine: it hands over batches and looks at what comes back. Engines are held to their promises by their contract suites.
 */
import { Fault, filler } from '@hookyard/event-schemas';
import { type Batch, type ConsumeOptions, type Consumption, type Message, type MessageBus, type Outputs, systemClock } from '@hookyard/ports';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { createHealth } from '../ops/health.ts';
import { createLog } from '../ops/log.ts';
import { createMetrics } from '../ops/metrics.ts';
import { type Assignment, assigned, revoked } from './bus-transport.ts';
import { createBusService } from './create-bus-service.ts';

let failure: Error | null = null;
let assignment: Assignment | null = null;

@Controller()
class ThingsBus {
  @EventPattern<string>('events')
  async onEvents(@Payload() batch: Batch): Promise<Outputs> {
    if (failure !== null) throw failure;
    return batch.messages.map(({ key }) => ({ topic: 'deliveries', key, value: null }));
  }

  @EventPattern<string>('deliveries', { commit: 'manual', maxBatch: 7, maxBatchBytes: 70 })
  async onDeliveries(@Payload() batch: Batch): Promise<void> {
    await batch.consumption.commit([]);
  }

  @EventPattern<string>(assigned('deliveries'))
  async onAssigned(@Payload() given: Assignment): Promise<void> {
    if (failure !== null) throw failure;
    assignment = given;
  }

  @EventPattern<string>(revoked('deliveries'))
  async onRevoked(): Promise<void> {
    if (failure !== null) throw failure;
    assignment = null;
  }

  @MessagePattern<string>('webhook')
  async onCommand(@Payload() command: { readonly id: string }): Promise<unknown> {
    if (command.id === 'gone') throw new Fault('webhook_not_found');
    return { id: command.id };
  }
}

@Module({ controllers: [ThingsBus] })
class Things {}

type FakeConsumption = Consumption & { stopped: boolean; commits: number };

function fakeBus() {
  const asked: ConsumeOptions[] = [];
  const consumptions: FakeConsumption[] = [];
  const bus = {
    consume: async (options: ConsumeOptions) => {
      asked.push(options);
      const consumption = { stopped: false, commits: 0 } as FakeConsumption;
      consumption.stop = async () => void (consumption.stopped = true);
      consumption.commit = async () => {
        consumption.commits += 1;
        return [];
      };
      consumptions.push(consumption);
      return consumption;
    },
    lag: async () => [],
    committed: async () => new Map(),
  };
  return { bus: bus as unknown as MessageBus, asked, consumptions };
}

const message = (topic: string, value: string, headers = {}): Message => ({ topic, partition: 3, offset: 0, key: 'k', value: Buffer.from(value), headers, publishedAt: 0 });

describe('the bus transport', () => {
  const health = createHealth();
  const lines: string[] = [];
  const { bus, asked, consumptions } = fakeBus();
  let app: INestMicroservice;

  const consumed = (topic: string) => asked.find(({ topics }) => topics.includes(topic)) as ConsumeOptions;
  const hand = (topic: string, value = '{}', headers = {}) =>
    consumed(topic).handle({ topic, partition: 3, messages: [message(topic, value, headers)], consumption: consumptions[asked.indexOf(consumed(topic))] as Consumption });

  beforeAll(async () => {
    const log = createLog({ level: 'info', pretty: false, destination: { write: (line) => lines.push(line) } });
    app = await createBusService({ module: class {}, imports: [Things] }, { bus, group: 'things', health, log, metrics: createMetrics(), clock: systemClock });
    expect(asked).toEqual([]);
    await app.listen();
  });
  afterAll(() => app.close());

  it('consumes each topic once, as a group named after the service, with what the handler asks for', () => {
    expect(asked.map(({ handle, onAssigned, onRevoked, onCommitFailed, ...plain }) => plain)).toEqual([
      { group: 'things', topics: ['events'] },
      { group: 'things', topics: ['deliveries'], commit: 'manual', maxBatch: 7, maxBatchBytes: 70 },
      { group: 'things', topics: ['commands'] },
    ]);
  });

  it('hands the outputs of a handler back, to be committed with the position', async () => {
    expect(await hand('events')).toEqual([{ topic: 'deliveries', key: 'k', value: null }]);
  });

  it('passes over fillers, alone or among others', async () => {
    const { handle } = consumed('events');
    const at = { topic: 'events', partition: 3, consumption: consumptions[asked.indexOf(consumed('events'))] as Consumption };
    const empty: Message = { ...message('events', ''), ...filler };
    expect(await handle({ ...at, messages: [empty, empty] })).toBeUndefined();
    expect(await handle({ ...at, messages: [empty, message('events', '{}'), empty] })).toHaveLength(1);
  });

  it('passes on what a handler threw as it is, once in the log, and shows it in health until it works again', async () => {
    failure = new Error('the index is broken');
    for (let times = 0; times < 3; times += 1) await expect(hand('events')).rejects.toBe(failure);
    expect(lines.filter((line) => line.includes('the index is broken'))).toHaveLength(1);
    expect((await health.report()).checks['things']).toEqual({ ok: false, detail: 'events/3 has failed 3 times in a row: the index is broken' });
    failure = null;
    await hand('events');
    expect((await health.report()).checks['things']).toEqual({ ok: true });
    expect(lines.filter((line) => line.includes('works again'))).toHaveLength(1);
  });

  it('lets a manual handler commit by itself, and tells it what is assigned and revoked', async () => {
    expect(await hand('deliveries')).toBeUndefined();
    expect(consumptions[1]?.commits).toBe(1);
    const partitions = [{ topic: 'deliveries', partition: 3 }];
    await consumed('deliveries').onAssigned?.(partitions, consumptions[1] as Consumption);
    expect(assignment).toEqual({ partitions, consumption: consumptions[1] });
    await consumed('deliveries').onRevoked?.(partitions, consumptions[1] as Consumption);
    expect(assignment).toBeNull();
  });

  it('says once that partitions cannot be taken up, in health too, until they can', async () => {
    const assign = () => consumed('deliveries').onAssigned?.([{ topic: 'deliveries', partition: 3 }], consumptions[1] as Consumption);
    failure = new Error('recovery is broken');
    for (let times = 0; times < 3; times += 1) await expect(assign()).rejects.toBe(failure);
    expect(lines.filter((line) => line.includes('recovery is broken'))).toHaveLength(1);
    expect((await health.report()).checks['things']).toEqual({ ok: false, detail: 'deliveries:assigned has failed 3 times in a row: recovery is broken' });
    failure = null;
    await assign();
    expect((await health.report()).checks['things']).toEqual({ ok: true });
  });

  it('says when giving partitions up failed, and counts no failure against those that are gone', async () => {
    failure = new Error('nothing works');
    for (let times = 0; times < 3; times += 1) await expect(hand('events')).rejects.toBe(failure);
    expect((await health.report()).checks['things']).toMatchObject({ ok: false });
    await consumed('events').onRevoked?.([{ topic: 'events', partition: 3 }], consumptions[0] as Consumption);
    expect((await health.report()).checks['things']).toEqual({ ok: true });
    await expect(consumed('deliveries').onRevoked?.([{ topic: 'deliveries', partition: 3 }], consumptions[1] as Consumption)).rejects.toBe(failure);
    expect(lines.filter((line) => line.includes('taken away') && line.includes('nothing works') && line.includes('deliveries/3'))).toHaveLength(1);
    failure = null;
  });

  it('says once for a batch that what it led to cannot be committed', () => {
    const fail = (offset: number) => {
      const batch = { topic: 'events', partition: 3, messages: [{ ...message('events', '{}'), offset }], consumption: consumptions[0] as Consumption };
      consumed('events').onCommitFailed?.(new Error('the disk is full'), batch);
    };
    for (const offset of [5, 5, 5, 6, 6]) fail(offset);
    expect(lines.filter((line) => line.includes('the disk is full'))).toHaveLength(2);
  });

  it('answers commands with the handler of their kind', async () => {
    const headers = { 'hy-command': 'webhook', 'hy-correlation': 'c1', 'hy-reply-to': 'me' };
    const replies = (await hand('commands', '{"id":"wh_1"}', headers)) ?? [];
    expect(replies.map(({ value }) => value?.toString())).toEqual(['{"ok":{"id":"wh_1"}}']);
    const refusals = (await hand('commands', '{"id":"gone"}', headers)) ?? [];
    expect(JSON.parse(String(refusals[0]?.value))).toMatchObject({ fault: { code: 'webhook_not_found' } });
  });

  it('stops every consumption when the service closes, and takes its health away', async () => {
    await app.close();
    expect(consumptions.map(({ stopped }) => stopped)).toEqual([true, true, true]);
    expect((await health.report()).checks).toEqual({});
  });
});
