import { attemptsCollection, deliveriesCollection } from '@hookyard/event-schemas';
import type { AttemptDocument, DeliveryDocument } from '@hookyard/event-schemas';
import { startGateway } from '../testing/gateway-harness.ts';
import type { GatewayUnderTest } from '../testing/gateway-harness.ts';

const path = '/v1/projects/shop/deliveries';
const serverMade = `wh_${'5f'.repeat(16)}`;
const day = Date.parse('2026-01-30T00:00:00Z');

function delivery(n: number, changed: Partial<DeliveryDocument> = {}): DeliveryDocument {
  return {
    id: `dlv_${n}`, project: 'shop', webhookId: serverMade, webhookRevision: 3, eventId: `evt_${n}`, eventType: 'order.placed', source: '/shop', sourceEventId: String(n),
    origin: { partition: 0, offset: n }, sequence: n + 1, status: 'succeeded', attempts: 2, createdAt: day + n * 1_000, lastAttemptAt: day + 5_000, endedAt: day + 5_100, lastStatusCode: 204, ...changed,
  };
}

function attempt(n: number): AttemptDocument {
  return {
    id: `dlv_1-${n}`, deliveryId: 'dlv_1', project: 'shop', webhookId: serverMade, webhookRevision: 3, attempt: n, trigger: n === 1 ? 'event' : 'retry', startedAt: day + n, durationMs: 12,
    request: { method: 'POST', url: 'https://example.com/', headers: { 'x-key': '[redacted]' }, bodySha256: 'ab', bodyBytes: 2 },
    outcome: n === 1 ? { kind: 'timed_out', stage: 'response', afterMs: 15_000 } : { kind: 'responded', status: 204, headers: {}, body: '', bodyEncoding: 'utf8', bodyTruncated: false },
    status: n === 1 ? 'retrying' : 'succeeded', ...(n === 1 ? { nextAttemptAt: day + 5_000 } : {}),
  };
}

describe('deliveries', () => {
  let gateway: GatewayUnderTest;
  beforeAll(async () => {
    gateway = await startGateway();
    const deliveries = await gateway.models.collection<DeliveryDocument>(deliveriesCollection);
    const documents = [delivery(1), delivery(2, { status: 'failed' }), delivery(3, { webhookId: 'shop:mine' }), delivery(4, { project: 'depot', webhookId: 'depot:mine' }), delivery(5, { eventType: 'order.lost' })];
    await deliveries.upsert(documents.map((document) => ({ id: document.id, revision: 1, document })));
    const attempts = await gateway.models.collection<AttemptDocument>(attemptsCollection);
    await attempts.upsert([2, 1].map((n) => ({ id: `dlv_1-${n}`, revision: 1, document: attempt(n) })));
  });
  afterAll(() => gateway.stop());

  const ids = async (query: string) => (await gateway.ask('GET', path + query)).body.items.map(({ id }: { id: string }) => id) as string[];

  it('are listed newest first, page by page', async () => {
    const first = await gateway.ask('GET', `${path}?limit=3`);
    expect(first.body.items).toMatchObject([{ id: 'dlv_5' }, { id: 'dlv_3' }, { id: 'dlv_2', status: 'failed', attempts: 2, createdAt: '2026-01-30T00:00:02.000Z' }]);
    const second = await gateway.ask('GET', `${path}?limit=3&cursor=${encodeURIComponent(first.body.cursor as string)}`);
    expect(second.body).toEqual({ items: [expect.objectContaining({ id: 'dlv_1' })] });
    expect(await gateway.ask('GET', `${path}?limit=3&status=failed&cursor=${encodeURIComponent(first.body.cursor as string)}`)).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
  });

  it('are found by webhook, event, status, event type and time', async () => {
    expect(await ids('?webhook=mine')).toEqual(['dlv_3']);
    expect(await ids(`?webhook=${serverMade}`)).toEqual(['dlv_5', 'dlv_2', 'dlv_1']);
    expect(await ids('?event=evt_2')).toEqual(['dlv_2']);
    expect(await ids('?status=failed')).toEqual(['dlv_2']);
    expect(await ids('?eventType=order.lost')).toEqual(['dlv_5']);
    expect(await ids('?from=2026-01-30T00:00:02Z&to=2026-01-30T00:00:05Z')).toEqual(['dlv_3', 'dlv_2']);
    expect(await gateway.ask('GET', `${path}?from=yesterday`)).toMatchObject({ status: 400, body: { problems: [{ field: 'from' }] } });
  });

  it('show each attempt in order, and nothing of how they are kept', async () => {
    const { body } = await gateway.ask('GET', `${path}/dlv_1`);
    expect(body).toMatchObject({ id: 'dlv_1', webhookRevision: 3, attempts: [{ attempt: 1, outcome: { kind: 'timed_out' }, nextAttemptAt: '2026-01-30T00:00:05.000Z' }, { attempt: 2, outcome: { status: 204 } }] });
    for (const hidden of ['origin', 'project', 'requestId']) expect(body).not.toHaveProperty(hidden);
  });

  it('are sent again on request when they have ended', async () => {
    expect(await gateway.ask('POST', `${path}/dlv_1/redeliver`)).toMatchObject({ status: 202, body: { deliveryId: 'dlv_1', requestId: expect.any(String) as string } });
  });

  it('call their webhook as its project does, and find it by that alone', async () => {
    const { items } = (await gateway.ask('GET', path)).body as { items: { webhookId: string }[] };
    expect(items.map(({ webhookId }) => webhookId)).toEqual([serverMade, 'mine', serverMade, serverMade]);
    expect((await gateway.ask('GET', `${path}/dlv_3`)).body.webhookId).toBe('mine');
    for (const name of ['shop:mine', 'depot:mine', 'shop%3Amine']) expect(await ids(`?webhook=${name}`)).toEqual([]);
  });

  it('of another project do not exist', async () => {
    expect(await gateway.ask('GET', `${path}/dlv_4`)).toMatchObject({ status: 404, body: { code: 'delivery_not_found' } });
    expect(await gateway.ask('POST', `${path}/dlv_4/redeliver`)).toMatchObject({ status: 404, body: { code: 'delivery_not_found' } });
  });
});
