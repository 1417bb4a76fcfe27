import { eventHeaders, eventId, eventsCollection, topics } from '@hookyard/event-schemas';
import type { EventDocument } from '@hookyard/event-schemas';
import { adminToken, startGateway } from './testing/gateway-harness.ts';
import type { GatewayUnderTest } from './testing/gateway-harness.ts';

const project = '/v1/projects/shop';
const event = { specversion: '1.0', id: '1', source: '/shop', type: 'order.placed', data: { amount: 42 } };
const structured = { 'content-type': 'application/cloudevents+json' };
const batched = { 'content-type': 'application/cloudevents-batch+json' };

let gateway: GatewayUnderTest;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const emit = (body: unknown, headers: Record<string, string> = structured) => gateway.ask('POST', `${project}/events`, { body, headers });
async function tokenWith(...scopes: readonly string[]): Promise<{ id: string; token: string }> {
  const { status, body } = await gateway.ask('POST', `${project}/tokens`, { body: { name: 'a token', scopes } });
  expect(status).toBe(201);
  return body as { id: string; token: string };
}

describe('projects and their tokens', () => {
  it('are created, listed and read', async () => {
    const created = await gateway.ask('POST', '/v1/projects', { body: { id: 'depot', name: 'The depot' } });
    expect(created).toMatchObject({ status: 201, body: { id: 'depot', name: 'The depot', createdAt: '2026-01-31T12:00:00.000Z' } });
    const first = await gateway.ask('GET', '/v1/projects?limit=1');
    expect(first.body.items.map(({ id }: { id: string }) => id)).toEqual(['depot']);
    const second = await gateway.ask('GET', `/v1/projects?limit=1&cursor=${encodeURIComponent(first.body.cursor as string)}`);
    expect(second.body.items.map(({ id }: { id: string }) => id)).toEqual(['shop']);
    expect(second.body.cursor).toBeUndefined();
    expect((await gateway.ask('GET', '/v1/projects/depot')).body.id).toBe('depot');
    expect(await gateway.ask('GET', '/v1/projects/none')).toMatchObject({ status: 404, body: { code: 'project_not_found' } });
    expect(await gateway.ask('POST', '/v1/projects/none/events', { body: event })).toMatchObject({ status: 404, body: { code: 'project_not_found' } });
  });

  it('give rights within their own project only, from the answer on, until they are revoked', async () => {
    const { id, token } = await tokenWith('emit');
    expect((await gateway.ask('POST', `${project}/events`, { token, body: event })).status).toBe(202);
    expect(await gateway.ask('GET', `${project}/deliveries`, { token })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    await gateway.ask('POST', '/v1/projects', { body: { id: 'depot' } });
    expect(await gateway.ask('POST', '/v1/projects/depot/events', { token, body: event })).toMatchObject({ status: 403 });
    expect(await gateway.ask('GET', '/v1/projects', { token })).toMatchObject({ status: 403 });

    const listed = await gateway.ask('GET', `${project}/tokens`);
    expect(listed.body.items).toEqual([{ id, name: 'a token', scopes: ['emit'], createdAt: expect.any(String) as string }]);
    expect((await gateway.ask('DELETE', `${project}/tokens/${id}`)).status).toBe(204);
    expect(await gateway.ask('POST', `${project}/events`, { token, body: event })).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(await gateway.ask('DELETE', `${project}/tokens/${id}`)).toMatchObject({ status: 404, body: { code: 'token_not_found' } });
  });

  it('may read when they may manage, and end when they expire', async () => {
    const { token } = await tokenWith('manage');
    expect((await gateway.ask('GET', `${project}/deliveries`, { token })).status).toBe(200);
    expect(await gateway.ask('POST', `${project}/events`, { token, body: event })).toMatchObject({ status: 403 });
    const expiring = await gateway.ask('POST', `${project}/tokens`, { body: { name: 'short', scopes: ['read'], expiresAt: '2026-01-31T12:00:01Z' } });
    const asked = { token: expiring.body.token as string };
    expect((await gateway.ask('GET', `${project}/deliveries`, asked)).status).toBe(200);
    gateway.moveClock(1_000);
    expect((await gateway.ask('GET', `${project}/deliveries`, asked)).status).toBe(401);
    expect(await gateway.ask('POST', `${project}/tokens`, { body: { name: 'late', scopes: ['read'], expiresAt: '2026-01-31T12:00:00Z' } })).toMatchObject({ status: 400, body: { problems: [{ field: 'expiresAt' }] } });
  });

  it('never appear in the log', async () => {
    const { token } = await tokenWith('emit');
    await gateway.ask('POST', `${project}/events`, { token, body: event });
    const log = gateway.lines.join('');
    expect(log).toContain('/v1/projects/shop/tokens');
    expect(log).not.toContain(token.slice(-20));
    expect(log).not.toContain(adminToken);
  });
});

describe('emitting events', () => {
  it('answers when they are on the bus, each payload as it came in', async () => {
    const payload = '{ "amount" : 4.20, "note":"\\u00e9" }';
    const answer = await emit(`{"specversion":"1.0","id":"1","source":"/shop","type":"order.placed","myext":7,"data":${payload}}`, { ...structured, traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' });
    expect(answer).toMatchObject({ status: 202, body: { accepted: [{ id: '1', duplicate: false, eventId: expect.stringMatching(/^evt_[0-9a-f]{32}$/) as string }] } });
    const [message] = await gateway.published();
    expect(message?.key).toBe('shop');
    expect(message?.value?.toString()).toBe(payload);
    expect(message?.headers).toEqual({
      ce_specversion: '1.0', ce_id: '1', ce_source: '/shop', ce_type: 'order.placed', ce_project: 'shop', ce_myext: '7', ce_time: '2026-01-31T12:00:00.000Z',
      ce_traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 'content-type': 'application/json',
    });
  });

  it('takes batches and binary events, any bytes of any type', async () => {
    expect((await emit([event, { ...event, id: '2' }], batched)).body.accepted).toHaveLength(2);
    const bytes = new Uint8Array([0, 255, 10]);
    const binary = { 'ce-specversion': '1.0', 'ce-id': '3', 'ce-source': '/s', 'ce-type': 't', 'content-type': 'text/plain' };
    expect((await emit(bytes, binary)).status).toBe(202);
    expect((await gateway.published()).map(({ value }) => value?.length)).toEqual([13, 13, 3]);
  });

  it('accepts none of a batch when one is bad, and says which and why', async () => {
    const { type: _, ...bad } = event;
    const answer = await emit([event, bad], batched);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', problems: [{ field: 'events[1].type', code: 'required' }] } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await gateway.published()).toHaveLength(0);
  });

  it('says of a repeat that it is one, and publishes it once: in a batch, at the same time, and later', async () => {
    const inBatch = await emit([event, event], batched);
    expect(inBatch.body.accepted.map(({ duplicate }: { duplicate: boolean }) => duplicate)).toEqual([false, true]);
    const later = await emit({ ...event, data: 'other' });
    expect(later.body.accepted).toEqual([{ ...inBatch.body.accepted[0], duplicate: true }]);
    const together = await Promise.all([1, 2, 3, 4].map(() => emit({ ...event, id: 'x' })));
    expect(together.map(({ body }) => body.accepted[0].duplicate as boolean).sort()).toEqual([false, true, true, true]);
    expect(await gateway.published()).toHaveLength(2);
  });

  it('knows from the read model what it accepted long ago, and then says so', async () => {
    const attributes = { id: 'old', source: '/shop', type: 'order.placed', project: 'shop' };
    const id = eventId('shop', '/shop', 'old');
    const events = await gateway.models.collection<EventDocument>(eventsCollection);
    await events.upsert([{ id, revision: 1, document: { ...attributes, id, acceptedAt: 0, attributes, origin: { partition: 0, offset: 9 } } }]);
    expect((await emit({ ...event, id: 'old' })).body.accepted).toEqual([{ id: 'old', eventId: id, duplicate: true }]);
    expect(await gateway.published()).toHaveLength(0);
    expect((await gateway.ask('GET', `${project}/events/${id}`)).body).toMatchObject({ sequence: 10, payloadKept: false });
    const listed = await gateway.ask('GET', `${project}/events?type=order.placed&to=1970-01-02`);
    expect(listed.body.items).toMatchObject([{ eventId: id, event: { id: 'old' } }]);
  });

  it('refuses what is too large, of no known kind, or encoded', async () => {
    expect(await emit({ ...event, data: 'x'.repeat(1_048_576) })).toMatchObject({ status: 413, body: { code: 'payload_too_large', problems: [{ field: 'data' }] } });
    expect(await emit('<event/>', { 'content-type': 'application/xml' })).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
    expect(await emit('x', { ...structured, 'content-encoding': 'gzip' })).toMatchObject({ status: 415 });
  });

  it('stamps the newest change of webhooks that this gateway has acknowledged', async () => {
    const created = await gateway.ask('POST', `${project}/webhooks`, { body: { name: 'w', url: 'https://example.com/', eventTypes: ['*'] } });
    expect(created.status).toBe(201);
    await emit(event);
    const [message] = await gateway.published();
    expect(message?.headers[eventHeaders.webhooksPosition]).toBe(`${message?.partition}:41`);
  });
});

describe('event types', () => {
  const schema = { type: 'object', properties: { amount: { type: 'number', maximum: 10 } } };
  const register = (body: unknown) => gateway.ask('PUT', `${project}/event-types/order.placed`, { body });

  it('enforce their schema from the answer on, and stop when they are removed', async () => {
    expect(await register({ schema, validation: 'enforce' })).toMatchObject({ status: 200, body: { name: 'order.placed', schema, validation: 'enforce' } });
    expect(await emit(event)).toMatchObject({ status: 422, body: { code: 'schema_violation', problems: [{ field: 'data.amount', code: 'maximum' }] } });
    expect(await emit([{ ...event, type: 'other' }, event], batched)).toMatchObject({ status: 422, body: { problems: [{ field: 'events[1].data.amount' }] } });
    expect(await gateway.published()).toHaveLength(0);
    expect((await gateway.ask('DELETE', `${project}/event-types/order.placed`)).status).toBe(204);
    expect((await emit(event)).status).toBe(202);
    expect(await gateway.ask('GET', `${project}/event-types/order.placed`)).toMatchObject({ status: 404, body: { code: 'event_type_not_found' } });
  });

  it('that warn record what does not fit, in the answer and with the event', async () => {
    await register({ schema, validation: 'warn' });
    const { status, body } = await emit(event);
    expect(status).toBe(202);
    expect(body.accepted[0].warnings).toMatchObject([{ field: 'data.amount', code: 'maximum' }]);
    expect((await gateway.published())[0]?.headers['ce_schemaerrors']).toBe('data.amount: must be <= 10');
  });

  it('are refused when their schema is none, or is missing', async () => {
    expect(await register({ schema: { type: 'nonsense' } })).toMatchObject({ status: 400, body: { problems: expect.arrayContaining([expect.objectContaining({ field: 'schema.type', code: 'enum' })]) as unknown } });
    expect(await register({ validation: 'enforce' })).toMatchObject({ status: 400, body: { problems: [{ field: 'schema', code: 'required' }] } });
    expect(await gateway.ask('PUT', `${project}/event-types/no%20name`, { body: {} })).toMatchObject({ status: 400, body: { problems: [{ field: 'name' }] } });
  });

  it('are listed by name', async () => {
    for (const name of ['b', 'a', 'c']) await gateway.ask('PUT', `${project}/event-types/${name}`, { body: {} });
    const page = await gateway.ask('GET', `${project}/event-types?limit=2`);
    expect(page.body.items.map(({ name }: { name: string }) => name)).toEqual(['a', 'b']);
    expect(page.body.cursor).toEqual(expect.any(String));
  });
});

describe('an accepted event', () => {
  it('can be read and explained at once, its payload as it came in', async () => {
    const { body } = await emit(`{"specversion":"1.0","id":"1","source":"/shop","type":"t","data":[1.0,  2]}`);
    const { eventId } = body.accepted[0] as { eventId: string };
    const answer = await gateway.ask('GET', `${project}/events/${eventId}`);
    expect(answer.text).toContain('"data":[1.0,  2]');
    expect(answer.body).toMatchObject({ eventId, sequence: 1, payloadKept: true, deliveries: [], event: { specversion: '1.0', id: '1', project: 'shop' } });
    const [message] = await gateway.published();
    const explained = await gateway.ask('GET', `${project}/events/${eventId}/explain`);
    expect(explained).toMatchObject({ status: 200, body: { eventId, webhooks: [{ matched: false, reason: { message: `asked at ${message?.partition}:0` } }], truncated: false } });
  });

  it('is not there for another project', async () => {
    const { body } = await emit(event);
    await gateway.ask('POST', '/v1/projects', { body: { id: 'depot' } });
    expect(await gateway.ask('GET', `/v1/projects/depot/events/${body.accepted[0].eventId}`)).toMatchObject({ status: 404, body: { code: 'event_not_found' } });
  });
});

describe('every route', () => {
  it('refuses unknown fields, unknown parameters and bad values, each named', async () => {
    expect(await gateway.ask('POST', '/v1/projects', { body: { id: 'Not An Id', colour: 'red' } })).toMatchObject({
      status: 400, body: { code: 'invalid_request', problems: expect.arrayContaining([expect.objectContaining({ field: 'id' }), expect.objectContaining({ field: 'colour', code: 'unknown_field' })]) as unknown },
    });
    expect(await gateway.ask('GET', `${project}/deliveries?limit=101&state=x`)).toMatchObject({
      status: 400, body: { problems: expect.arrayContaining([expect.objectContaining({ field: 'limit' }), expect.objectContaining({ field: 'state', code: 'unknown_field' })]) as unknown },
    });
    for (const [method, path] of [['GET', project], ['DELETE', `${project}/webhooks/wh_1`]] as const) {
      expect(await gateway.ask(method, `${path}?force=1`)).toMatchObject({ status: 400, body: { problems: [{ field: 'force', code: 'unknown_field' }] } });
    }
    expect(await gateway.ask('GET', `${project}/deliveries?cursor=nonsense`)).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
    expect(await gateway.ask('POST', '/v1/projects', { body: '{"id":' })).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(await gateway.ask('POST', '/v1/projects', { body: '['.repeat(100_000) + ']'.repeat(100_000) })).toMatchObject({ status: 400, body: { problems: [{ code: 'too_deep' }] } });
  });

  it('answers an unknown address, a wrong method and a wrong content type with problem documents', async () => {
    expect(await gateway.ask('GET', '/v1/nothing')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await gateway.ask('GET', '/v1/%zz')).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(await gateway.ask('GET', `${project}/webhooks/${'a'.repeat(200)}`)).toMatchObject({ status: 414, body: { status: 414 } });
    for (const path of ['/v1/projects/default%00/webhooks', `${project}/deliveries?webhook=a%00`]) expect(await gateway.ask('GET', path)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    const wrong = await gateway.ask('PATCH', `${project}/events`);
    expect(wrong).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, POST');
    expect(await gateway.ask('POST', '/v1/projects', { body: 'id=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } })).toMatchObject({ status: 415 });
    expect(await gateway.ask('POST', '/v1/projects', { body: 'x', headers: { 'content-type': 'text/plain' } })).toMatchObject({ status: 415 });
  });

  it('needs a token, but for health, metrics and documentation', async () => {
    for (const path of ['/v1/projects', `${project}/events`, `${project}/webhooks`]) expect((await gateway.ask('GET', path, { token: null })).status).toBe(401);
    expect(await gateway.ask('POST', `${project}/events`, { token: 'wrong', body: event })).toMatchObject({ status: 401 });
    for (const path of ['/', '/docs', '/docs/start.js', '/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js', '/openapi.json', '/health/live', '/metrics']) {
      expect([path, (await gateway.ask('GET', path, { token: null })).status]).toEqual([path, 200]);
    }
  });

  it('bears a request id, the caller\'s own when it has one', async () => {
    const answer = await gateway.ask('GET', '/v1/nothing', { headers: { 'x-request-id': 'mine-1' } });
    expect(answer.headers.get('x-request-id')).toBe('mine-1');
    expect(answer.body.requestId).toBe('mine-1');
  });
});

describe('the description of the API', () => {
  it('is OpenAPI 3.1, names every route it lists by one id, and refers only to what it holds', async () => {
    const { body } = await gateway.ask('GET', '/openapi.json', { token: null });
    expect(body.openapi).toBe('3.1.0');
    const text = JSON.stringify(body);
    const schemas = Object.keys(body.components.schemas as object);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) expect(schemas).toContain(name);
    const ids = [...text.matchAll(/"operationId":"([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(['intake.emit', 'webhooks.create', 'deliveries.redeliver', 'tokens.revoke']));
  });

  it('says of every route what the edge may refuse', async () => {
    const { body } = await gateway.ask('GET', '/openapi.json', { token: null });
    const operations = Object.values(body.paths as Record<string, Record<string, { requestBody?: unknown; responses: object }>>).flatMap((item) => Object.values(item));
    for (const { requestBody, responses } of operations) {
      const statuses = ['400', '401', '403', 'default', ...(requestBody === undefined ? [] : ['413', '415'])];
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(statuses));
    }
  });
});

describe('a full pipeline', () => {
  it('turns producers away with a time to come back, and takes them again when it has drained', async () => {
    await gateway.stop();
    gateway = await startGateway({ gatewayMaxUnmatchedEvents: 2, gatewayPressureSampleMs: 5 });
    await emit([1, 2, 3].map((id) => ({ ...event, id: String(id) })), batched);
    const refused = await answerWith(429);
    expect(refused.body.code).toBe('overloaded');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const matcher = await gateway.bus.consume({ group: 'matcher', topics: [topics.events], handle: async () => undefined });
    await matcher.whenCaughtUp();
    await answerWith(202);
  });

  async function answerWith(status: number) {
    for (let id = 10; ; id += 1) {
      const answer = await emit({ ...event, id: String(id) });
      if (answer.status === status) return answer;
    }
  }
});
