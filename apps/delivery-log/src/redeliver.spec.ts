import { memoryEngine, type MemoryEngine } from '@hookyard/adapter-memory';
import {
  deliveriesCollection,
  eventId,
  partitionOf,
  toEventHeaders,
  topics,
  unframe,
  webhooksCollection,
  type DeliveriesHead,
  type DeliveryDocument,
  type RedeliverCommand,
  type WebhookDocument,
} from '@hookyard/event-schemas';
import type { Collection, Message } from '@hookyard/ports';
import { deliveryProjections } from './delivery-projection.ts';
import { attempted, cancelled, ordered } from './harness.ts';
import { redeliver, type Redeliver } from './redeliver.ts';

// Real: the command, projections, topics and collections (in memory). Doubled: nothing. May be asserted: what is published, documents, refusals.

const partitions = 4;
const attributes = { id: '7', source: '/shop', type: 'order.placed', project: 'shop', datacontenttype: 'application/json', traceparent: '00-1-2-01' };
const evt = eventId('shop', '/shop', '7');
const projections = deliveryProjections(1e15);
const command: RedeliverCommand = { type: 'Redeliver', commandId: 'command-1', actor: { kind: 'token', id: 'tok_1' }, now: 8_000, project: 'shop', deliveryId: 'dlv_1' };

let engine: MemoryEngine;
let deliveries: Collection<DeliveryDocument>;
let webhooks: Collection<WebhookDocument>;
let redelivered: Redeliver;
let origin: { readonly partition: number; readonly offset: number };

beforeEach(async () => {
  engine = memoryEngine();
  await engine.bus.declare([topics.events, topics.deliveries].map((name) => ({ name, partitions })));
  deliveries = await engine.models.collection<DeliveryDocument>(deliveriesCollection);
  webhooks = await engine.models.collection<WebhookDocument>(webhooksCollection);
  await webhooks.upsert([{ id: 'wh_1', revision: 0, document: {} as WebhookDocument }]);
  const [position] = await engine.bus.publish([{ topic: topics.events, key: 'shop', value: Buffer.from('{"n": 1}'), headers: toEventHeaders(attributes) }]);
  origin = position as typeof origin;
  redelivered = redeliver(engine.bus, { deliveries, webhooks }, projections);
});
afterEach(() => engine.close());

const event = () => ({ eventId: evt, origin: { partition: origin.partition, offset: origin.offset } });
const afterAttempt = async (status: 'retrying' | 'succeeded' | 'failed', attempt = 3) => deliveries.upsert(projections.ended(attempted(attempt, status, event())));
const published = (): Promise<readonly Message[]> => engine.bus.read({ topic: topics.deliveries, partition: partitionOf('wh_1', partitions), offset: 0 }, 10);
const headOf = ({ value }: Message) => unframe<DeliveriesHead>(value as Buffer);

describe('sending a delivery again', () => {
  it('orders it with the event as it was accepted, attempts counting on', async () => {
    await afterAttempt('failed');
    expect(await redelivered(command)).toEqual({ deliveryId: 'dlv_1', requestId: 'command-1' });
    const [message, ...others] = await published();
    expect(others).toEqual([]);
    const { head, body } = headOf(message as Message);
    expect(body.toString()).toBe('{"n": 1}');
    expect(head).toEqual({
      event: attributes, ...event(), sequence: 42, acceptedAt: expect.any(Number) as number, matchedAt: 1_000,
      deliveries: [{ id: 'dlv_1', webhookId: 'wh_1', webhookRevision: 2, redelivery: { requestId: 'command-1', requestedBy: 'tok_1', requestedAt: 8_000, attemptsBefore: 3 } }],
    });
  });

  it('shows it as pending before it is answered', async () => {
    await afterAttempt('succeeded');
    await redelivered(command);
    expect((await deliveries.get('dlv_1'))?.document).toMatchObject({ status: 'pending', attempts: 3, requestId: 'command-1', createdAt: 1_000 });
  });

  it('takes a number of its own after a cancellation', async () => {
    await deliveries.upsert(projections.ended({ ...cancelled(0), ...event() }));
    await redelivered(command);
    expect(headOf((await published())[0] as Message).head.deliveries[0]?.redelivery?.attemptsBefore).toBe(1);
  });

  it('asked for by the same command twice happens once', async () => {
    await afterAttempt('failed');
    const first = await redelivered(command);
    expect(await redelivered(command)).toEqual(first);
    expect(await published()).toHaveLength(1);
  });

  it('is refused while it has not ended', async () => {
    await deliveries.upsert(projections.ordered(ordered({}, event())));
    await expect(redelivered(command)).rejects.toMatchObject({ code: 'delivery_in_progress' });
    await afterAttempt('retrying');
    await expect(redelivered(command)).rejects.toMatchObject({ code: 'delivery_in_progress' });
    await afterAttempt('failed', 4);
    await redelivered(command);
    await expect(redelivered({ ...command, commandId: 'command-2' })).rejects.toMatchObject({ code: 'delivery_in_progress' });
    expect(await published()).toHaveLength(1);
  });

  it('is refused for a delivery that is not there, or of another project', async () => {
    await expect(redelivered(command)).rejects.toMatchObject({ code: 'delivery_not_found' });
    await afterAttempt('failed');
    await expect(redelivered({ ...command, project: 'depot' })).rejects.toMatchObject({ code: 'delivery_not_found' });
  });

  it('is refused when its webhook was deleted', async () => {
    await afterAttempt('failed');
    await webhooks.delete(['wh_1']);
    await expect(redelivered(command)).rejects.toMatchObject({ code: 'webhook_deleted' });
  });

  it('is refused when its event is not kept any more', async () => {
    await deliveries.upsert(projections.ended(attempted(1, 'failed', { ...event(), origin: { partition: origin.partition, offset: origin.offset + 5 } })));
    await expect(redelivered(command)).rejects.toMatchObject({ code: 'event_not_found' });
    await deliveries.upsert(projections.ended(attempted(2, 'failed', { ...event(), eventId: 'evt_another' })));
    await expect(redelivered(command)).rejects.toMatchObject({ code: 'event_not_found' });
    expect(await published()).toEqual([]);
  });
});
