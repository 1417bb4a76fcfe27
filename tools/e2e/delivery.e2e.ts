import { Webhook } from 'standardwebhooks';
import { batched, newEvent, newProject, newSecret, startSystem, structured, until, type Api, type Received, type System } from './harness.ts';

const rounds = 25;

describe('an event', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(() => system.stop());

  it('reaches the endpoint, signed so that the published library verifies it, and is recorded', async () => {
    const project = await newProject(system.api);
    const receiver = await system.receiver();
    const secret = newSecret();
    const webhook = await system.api.post(`${project}/webhooks`, { name: 'orders', url: `${receiver.url}/in`, eventTypes: ['order.*'], secret });
    expect(webhook.status).toBe(201);
    expect(JSON.stringify(webhook.body)).not.toContain(secret.slice(6));

    const data = { amount: 42.5, note: 'Grüße' };
    const accepted = await system.api.post(`${project}/events`, newEvent({ subject: 'orders/1', data }), structured);
    expect(accepted.status).toBe(202);
    expect(accepted.body.accepted).toEqual([expect.objectContaining({ duplicate: false, eventId: expect.stringMatching(/^evt_/) })]);

    const request = await until('the request', () => receiver.received[0]);
    const body = new Webhook(secret).verify(request.body, { ...request.headers }) as Record<string, unknown>;
    expect(body).toMatchObject({ specversion: '1.0', type: 'order.placed', source: '/e2e', subject: 'orders/1', data });
    expect(request.headers['content-type']).toBe('application/cloudevents+json');

    const id = request.headers['webhook-id'];
    const delivery = await until('the recorded success', async () => {
      const answer = await system.api.get(`${project}/deliveries/${id}`);
      return answer.status === 200 && answer.body.status === 'succeeded' && answer.body;
    });
    expect(delivery).toMatchObject({ id, webhookId: webhook.body.id, eventId: accepted.body.accepted[0].eventId, eventType: 'order.placed', status: 'succeeded' });
    expect(String(delivery.sequence)).toBe(request.headers['webhook-sequence']);
  });

  it('is taken in every mode of the CloudEvents HTTP binding, its payload byte for byte', async () => {
    const project = await newProject(system.api);
    const receiver = await system.receiver();
    await system.api.post(`${project}/webhooks`, { name: 'all', url: receiver.url, eventTypes: ['*'], secret: newSecret() });
    const payload = '{ "spaced" :  [1, 2.50, 1e3], "dup": 1, "emoji": "\\u2603" }';
    const asText = (headers: Record<string, string>, body: string) =>
      fetch(`${system.host.url}${project}/events`, { method: 'POST', headers: { authorization: `Bearer ${system.host.adminToken}`, ...headers }, body });

    const one = await asText(structured, `{"specversion":"1.0","id":"s1","source":"/m","type":"t.one","data":${payload}}`);
    const two = await asText({ 'content-type': 'application/json', 'ce-specversion': '1.0', 'ce-id': 'b1', 'ce-source': '/m', 'ce-type': 't.two' }, payload);
    const three = await asText(batched, `[{"specversion":"1.0","id":"l1","source":"/m","type":"t.three","data":${payload}},{"specversion":"1.0","id":"l2","source":"/m","type":"t.four","datacontenttype":"image/png","data_base64":"iVBORw=="}]`);
    expect([one.status, two.status, three.status]).toEqual([202, 202, 202]);

    await until('four requests', () => receiver.received.length === 4);
    const bodyOf = (type: string) => receiver.received.map((request) => request.body.toString()).find((body) => body.includes(`"type":"${type}"`)) ?? '';
    for (const type of ['t.one', 't.two', 't.three']) expect(bodyOf(type)).toContain(`"data":${payload}`);
    expect(JSON.parse(bodyOf('t.four'))).toMatchObject({ data_base64: 'iVBORw==', datacontenttype: 'image/png' });
  });

  it('goes only to the webhooks that it concerns, and explains why not to the others', async () => {
    const project = await newProject(system.api);
    const receiver = await system.receiver();
    const create = async (name: string, fields: Record<string, unknown>) => (await system.api.post(`${project}/webhooks`, { name, url: `${receiver.url}/${name}`, secret: newSecret(), ...fields })).body.id as string;
    const wanted = await create('wanted', { eventTypes: ['order.placed'], subject: 'eu/*', filter: { 'data.amount': { $gt: 100 } } });
    const otherType = await create('other-type', { eventTypes: ['invoice.*'] });
    const otherSubject = await create('other-subject', { eventTypes: ['*'], subject: 'us/*' });
    const tooSmall = await create('too-small', { eventTypes: ['*'], filter: { 'data.amount': { $gt: 1000 } } });
    const disabled = await create('disabled', { eventTypes: ['*'], enabled: false });

    const accepted = await system.api.post(`${project}/events`, newEvent({ subject: 'eu/7', data: { amount: 500 } }), structured);
    const explained = await system.api.get(`${project}/events/${accepted.body.accepted[0].eventId}/explain`);
    expect(explained.status).toBe(200);
    const verdicts = new Map<string, Record<string, any>>(explained.body.webhooks.map((verdict: Record<string, any>) => [verdict['webhookId'], verdict]));
    expect(verdicts.get(wanted)).toMatchObject({ matched: true });
    expect(verdicts.get(otherType)).toMatchObject({ matched: false, reason: { code: 'type_not_subscribed' } });
    expect(verdicts.get(otherSubject)).toMatchObject({ matched: false, reason: { code: 'subject_not_matched' } });
    expect(verdicts.get(tooSmall)).toMatchObject({ matched: false, reason: { code: 'filter_not_matched', actual: 500 } });
    expect(verdicts.get(disabled)).toMatchObject({ matched: false, reason: { code: 'webhook_disabled' } });

    await until('the one delivery', () => receiver.received.length >= 1);
    const listed = await until('the log to hold it', async () => {
      const { body } = await system.api.get(`${project}/deliveries`);
      return body.items.length > 0 && body.items;
    });
    expect(listed.map((delivery: any) => delivery.webhookId)).toEqual([wanted]);
    expect(receiver.received.map((request) => request.path)).toEqual(['/wanted']);
  });

  it('is ignored when its source and id were accepted before, and the answer says so', async () => {
    const project = await newProject(system.api);
    const receiver = await system.receiver();
    await system.api.post(`${project}/webhooks`, { name: 'all', url: receiver.url, eventTypes: ['*'], secret: newSecret() });
    const event = newEvent();
    const first = await system.api.post(`${project}/events`, event, structured);
    const again = await system.api.post(`${project}/events`, { ...event, data: { other: true } }, structured);
    expect(again.status).toBe(202);
    expect(again.body.accepted).toEqual([{ ...first.body.accepted[0], duplicate: true }]);
    const twice = newEvent();
    const inOneBatch = await system.api.post(`${project}/events`, [twice, twice], batched);
    expect(inOneBatch.body.accepted.map((accepted: any) => accepted.duplicate)).toEqual([false, true]);
    const last = await system.api.post(`${project}/events`, newEvent({ type: 'last' }), structured);
    expect(last.status).toBe(202);
    await until('the last event', () => receiver.received.some((request) => request.body.includes('"type":"last"')));
    expect(receiver.received).toHaveLength(3);
  });

  it('carries a sequence that grows strictly, and the trace context of its producer', async () => {
    const project = await newProject(system.api);
    const receiver = await system.receiver();
    await system.api.post(`${project}/webhooks`, { name: 'all', url: receiver.url, eventTypes: ['*'], secret: newSecret() });
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    await system.api.post(`${project}/events`, Array.from({ length: 20 }, () => newEvent()), { ...batched, traceparent: `00-${trace}-00f067aa0ba902b7-01` });
    await until('twenty requests', () => receiver.received.length === 20);
    const numbers = (requests: readonly Received[]) => requests.map((request) => Number(request.headers['webhook-sequence']));
    const inEventOrder = [...receiver.received].sort((one, other) => numberOf(one) - numberOf(other));
    expect(numbers(inEventOrder)).toEqual([...numbers(inEventOrder)].sort((one, other) => one - other));
    expect(new Set(numbers(receiver.received)).size).toBe(20);
    for (const request of receiver.received) expect(request.headers['traceparent']).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
  });

  it('is matched against every change that was answered before it, over and over', async () => {
    const project = await newProject(system.api);
    const receiver = await system.receiver();
    const webhooks = `${project}/webhooks`;
    const emit = async (type: string) => expect((await system.api.post(`${project}/events`, newEvent({ type }), structured)).status).toBe(202);
    const create = async (type: string) => (await system.api.post(webhooks, { name: 'passing', url: receiver.url, eventTypes: [type] })).body.id as string;
    // The last change of each webhook comes before the event: a later one might be met as well.
    for (let round = 0; round < rounds; round += 1) {
      await create(`wanted.created.${round}`);
      await emit(`wanted.created.${round}`);
      await system.api.patch(`${webhooks}/${await create('elsewhere')}`, { eventTypes: [`wanted.changed.${round}`] });
      await emit(`wanted.changed.${round}`);
      await system.api.patch(`${webhooks}/${await create(`unwanted.changed.${round}`)}`, { eventTypes: ['elsewhere'] });
      await emit(`unwanted.changed.${round}`);
      await system.api.post(`${webhooks}/${await create(`unwanted.disabled.${round}`)}/disable`);
      await emit(`unwanted.disabled.${round}`);
    }
    // A project's events are matched in order: behind the last one, all have been.
    await system.api.post(`${project}/webhooks`, { name: 'last', url: receiver.url, eventTypes: ['last'] });
    await emit('last');
    const wanted = Array.from({ length: rounds }, (_, round) => [`wanted.created.${round}`, `wanted.changed.${round}`]).flat();
    const matched = await until('the last delivery, and as many as are wanted', async () => {
      const listed = await allDeliveries(system.api, project);
      return listed.includes('last') && listed.length > wanted.length && listed;
    });
    expect([...matched].sort()).toEqual(['last', ...wanted].sort());
  });
});

/** The event types of a project's deliveries. */
async function allDeliveries(api: Api, project: string): Promise<readonly string[]> {
  const types: string[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await api.get<{ items: { eventType: string }[]; cursor?: string }>(`${project}/deliveries?limit=100${cursor}`);
    types.push(...body.items.map(({ eventType }) => eventType));
    if (body.cursor === undefined) return types;
    cursor = `&cursor=${encodeURIComponent(body.cursor)}`;
  }
}

function numberOf(request: Received): number {
  return (JSON.parse(request.body.toString()) as { data: { number: number } }).data.number;
}
