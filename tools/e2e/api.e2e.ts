import { randomUUID } from 'node:crypto';
import { batched, newEvent, newProject, newSecret, startSystem, structured, until, type System } from './harness.ts';

/** An operation of the API's description. */
type Described = {
  readonly parameters?: readonly { readonly name: string; readonly example?: unknown; readonly schema?: { readonly example?: unknown } }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown; readonly examples?: Readonly<Record<string, { readonly value: unknown }>> }>> };
};

const exampleOf = (parameter: NonNullable<Described['parameters']>[number] | undefined): unknown => parameter?.example ?? parameter?.schema?.example;

describe('the REST API', () => {
  let system: System;
  let project: string;
  beforeAll(async () => {
    system = await startSystem();
  });
  beforeEach(async () => {
    project = await newProject(system.api);
  });
  afterAll(() => system.stop());

  const hook = (fields: Record<string, unknown> = {}) => ({ name: 'orders', url: 'https://example.com/in', eventTypes: ['order.*'], secret: newSecret(), ...fields });
  const webhook = async (fields: Record<string, unknown> = {}) => {
    const created = await system.api.post(`${project}/webhooks`, hook(fields));
    expect(created.status).toBe(201);
    return created;
  };

  describe('tokens', () => {
    it('give the rights of their scopes, in their project, until they are revoked', async () => {
      const issue = async (scopes: string[]) => (await system.api.post(`${project}/tokens`, { name: 'suite', scopes })).body;
      const [manage, emit, read] = [await issue(['manage']), await issue(['emit']), await issue(['read'])];
      const status = async (token: string, ask: (api: ReturnType<System['as']>) => Promise<{ status: number }>) => (await ask(system.as(token))).status;

      expect(await status(manage.token, (api) => api.post(`${project}/webhooks`, hook()))).toBe(201);
      expect(await status(manage.token, (api) => api.get(`${project}/webhooks`))).toBe(200);
      expect(await status(manage.token, (api) => api.post(`${project}/events`, newEvent(), structured))).toBe(403);
      expect(await status(emit.token, (api) => api.post(`${project}/events`, newEvent(), structured))).toBe(202);
      expect(await status(emit.token, (api) => api.get(`${project}/webhooks`))).toBe(403);
      expect(await status(read.token, (api) => api.get(`${project}/deliveries`))).toBe(200);
      expect(await status(read.token, (api) => api.post(`${project}/webhooks`, hook()))).toBe(403);
      expect(await status(read.token, (api) => api.get('/v1/projects/default/webhooks'))).toBeGreaterThanOrEqual(403);
      expect(await status(read.token, (api) => api.get('/v1/projects'))).toBe(403);

      expect((await system.api.delete(`${project}/tokens/${read.id}`)).status).toBe(204);
      expect(await status(read.token, (api) => api.get(`${project}/deliveries`))).toBe(401);
      expect(JSON.stringify((await system.api.get(`${project}/tokens`)).body)).not.toContain(manage.token.slice(-20));
    });

    it('are asked for, in a problem document', async () => {
      for (const token of [null, 'nonsense', `${system.host.adminToken}x`]) {
        const refused = await system.as(token).get(`${project}/webhooks`);
        expect(refused.status).toBe(401);
        expect(refused.headers['content-type']).toContain('application/problem+json');
        expect(refused.body).toMatchObject({ status: 401, code: 'unauthenticated' });
      }
    });
  });

  describe('webhooks', () => {
    it('are created once for one idempotency key, and the first answer comes again', async () => {
      const key = { 'idempotency-key': randomUUID() };
      const request = hook();
      const first = await system.api.post(`${project}/webhooks`, request, key);
      const again = await system.api.post(`${project}/webhooks`, request, key);
      expect([first.status, again.status]).toEqual([201, 201]);
      expect(again.body).toEqual(first.body);
      const other = await system.api.post(`${project}/webhooks`, { ...request, name: 'other' }, key);
      expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
      expect((await system.api.get(`${project}/webhooks`)).body.items).toHaveLength(1);
    });

    it('are read as they were written, at once, without any secret', async () => {
      const secret = newSecret();
      const { body } = await webhook({ secret, description: 'All orders', labels: { team: 'eu' }, headers: [{ name: 'x-shop', value: 'one' }, { name: 'authorization', value: 'Bearer hidden-value', protected: true }], filter: { 'data.amount': { $gte: 10 } } });
      const read = await system.api.get(`${project}/webhooks/${body.id}`);
      expect(read.body).toEqual(body);
      expect(read.body).toMatchObject({ name: 'orders', description: 'All orders', labels: { team: 'eu' }, enabled: true, filter: { 'data.amount': { $gte: 10 } } });
      for (const hidden of ['hidden-value', secret.slice(6)]) expect(JSON.stringify(read.body)).not.toContain(hidden);
    });

    it('guard against lost updates', async () => {
      const created = await webhook();
      const path = `${project}/webhooks/${created.body.id}`;
      const tag = created.headers['etag'] ?? '';
      const changed = await system.api.patch(path, { name: 'renamed' }, { 'if-match': tag });
      expect(changed).toMatchObject({ status: 200, body: { name: 'renamed' } });
      expect(await system.api.patch(path, { name: 'too late' }, { 'if-match': tag })).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
      expect((await system.api.get(path)).body.name).toBe('renamed');
    });

    it('can be put under an id of the client, and put again', async () => {
      const path = `${project}/webhooks/my-own-id`;
      expect((await system.api.put(path, hook())).status).toBe(201);
      expect(await system.api.put(path, hook({ name: 'second' }))).toMatchObject({ status: 200, body: { name: 'second' } });
      expect((await system.api.get(`${project}/webhooks`)).body.items).toHaveLength(1);
    });

    it('of the same chosen id in two projects do not know of each other, and are found by it', async () => {
      const other = await newProject(system.api);
      const receiver = await system.receiver();
      const put = (place: string, name: string) => system.api.put(`${place}/webhooks/mine`, hook({ name, url: `${receiver.url}/${name}`, eventTypes: ['order.*'] }));
      expect([await put(project, 'one'), await put(other, 'two')]).toMatchObject([{ status: 201, body: { id: 'mine' } }, { status: 201, body: { id: 'mine' } }]);
      const elsewhere = await webhook({ url: `${receiver.url}/elsewhere`, eventTypes: ['invoice.*'] });
      expect((await system.api.get(`${project}/webhooks/mine`)).body.name).toBe('one');

      const accepted = await system.api.post(`${project}/events`, newEvent(), structured);
      const event = accepted.body.accepted[0].eventId;
      const [delivery] = await until('the success in the log', async () => {
        const { body } = await system.api.get(`${project}/deliveries?webhook=mine&status=succeeded`);
        return body.items.length > 0 && body.items;
      });
      expect(delivery).toMatchObject({ webhookId: 'mine', eventId: event });
      expect(receiver.received.map(({ path }) => path)).toEqual(['/one']);
      expect((await system.api.get(`${project}/deliveries/${delivery.id}`)).body.webhookId).toBe('mine');
      expect((await system.api.get(`${project}/events/${event}`)).body.deliveries).toMatchObject([{ id: delivery.id, webhookId: 'mine' }]);
      expect((await system.api.get(`${project}/events/${event}/explain`)).body.webhooks).toEqual(expect.arrayContaining([expect.objectContaining({ webhookId: 'mine', matched: true }), expect.objectContaining({ webhookId: elsewhere.body.id, matched: false })]));
      expect((await system.api.get(`${other}/deliveries?webhook=mine`)).body.items).toEqual([]);

      expect((await system.api.delete(`${project}/webhooks/mine`)).status).toBe(204);
      expect(await put(project, 'again')).toMatchObject({ status: 410, body: { code: 'webhook_deleted' } });
      const pinged = await system.api.post(`${other}/webhooks/mine/ping`);
      expect(pinged.status).toBe(202);
      const ping = await until('the ping', () => receiver.received.find(({ path }) => path === '/two'));
      expect(JSON.parse(ping.body.toString())).toMatchObject({ source: '/hookyard/webhooks/mine', data: { webhookId: 'mine' } });
      const logged = await until('the ping in the log', async () => (await system.api.get(`${other}/deliveries?webhook=mine`)).body.items[0]);
      expect(logged).toMatchObject({ id: pinged.body.deliveryId, webhookId: 'mine' });
    });

    it('keep their history: who changed what, and what they looked like at any revision', async () => {
      const created = await webhook();
      const path = `${project}/webhooks/${created.body.id}`;
      await system.api.patch(path, { url: 'https://example.com/other' });
      await system.api.post(`${path}/disable`);
      const { status, body } = await system.api.get(`${path}/history`);
      expect(status).toBe(200);
      expect(body.items).toHaveLength(3);
      expect(JSON.stringify(body)).toContain('https://example.com/other');
      const first = await system.api.get(`${path}/history/0`);
      expect(JSON.stringify(first.body)).toContain('https://example.com/in');
      expect(JSON.stringify(first.body)).not.toContain('https://example.com/other');
    });

    it('are listed by label, event type and state, page by page', async () => {
      for (let index = 0; index < 5; index += 1) await webhook({ name: `w${index}`, labels: { half: String(index % 2) }, eventTypes: [index === 0 ? 'invoice.paid' : 'order.placed'], enabled: index !== 4 });
      const names = async (query: string) => (await system.api.get(`${project}/webhooks?${query}`)).body.items.map((item: any) => item.name).sort();
      expect(await names('label=half:1')).toEqual(['w1', 'w3']);
      expect(await names('eventType=invoice.paid')).toEqual(['w0']);
      expect(await names('state=disabled')).toEqual(['w4']);
      const first = await system.api.get(`${project}/webhooks?limit=3`);
      const second = await system.api.get(`${project}/webhooks?limit=3&cursor=${encodeURIComponent(first.body.cursor)}`);
      expect(first.body.items).toHaveLength(3);
      expect(second.body.items).toHaveLength(2);
      expect(second.body.cursor).toBeUndefined();
      expect(new Set([...first.body.items, ...second.body.items].map((item: any) => item.id)).size).toBe(5);
    });

    it('are refused with every problem at once, and nothing is changed', async () => {
      const refused = await system.api.post(`${project}/webhooks`, { name: '', url: 'ftp://example.com', eventTypes: ['ok', 'not ok'], timeoutMs: 5, colour: 'red', filter: { 'data.a': { $near: 1 } } });
      expect(refused.status).toBe(400);
      expect(refused.headers['content-type']).toContain('application/problem+json');
      expect(refused.body.code).toBe('invalid_request');
      const fields = refused.body.problems.map((problem: any) => problem.field);
      expect(fields).toEqual(expect.arrayContaining(['name', 'url', 'timeoutMs', 'colour']));
      expect(fields.some((field: string) => field.startsWith('eventTypes'))).toBe(true);
      expect(fields.some((field: string) => field.startsWith('filter'))).toBe(true);
      for (const problem of refused.body.problems) expect(problem).toEqual({ field: expect.any(String), code: expect.any(String), reason: expect.any(String) });
      expect((await system.api.get(`${project}/webhooks`)).body.items).toEqual([]);
    });

    it('are gone when they are deleted, and get nothing any more', async () => {
      const receiver = await system.receiver();
      const created = await webhook({ url: receiver.url, eventTypes: ['*'] });
      const witness = await webhook({ url: `${receiver.url}/witness`, eventTypes: ['*'] });
      expect((await system.api.delete(`${project}/webhooks/${created.body.id}`)).status).toBe(204);
      expect(await system.api.get(`${project}/webhooks/${created.body.id}`)).toMatchObject({ status: 404, body: { code: 'webhook_not_found' } });
      await system.api.post(`${project}/events`, newEvent(), structured);
      await until('the witness', () => receiver.received.length > 0);
      expect(receiver.received.map((request) => request.path)).toEqual(['/witness']);
      expect((await system.api.get(`${project}/webhooks`)).body.items.map((item: any) => item.id)).toEqual([witness.body.id]);
    });

    it('answer a ping on request, even when disabled', async () => {
      const receiver = await system.receiver();
      const created = await webhook({ url: receiver.url, eventTypes: ['order.*'], enabled: false });
      const pinged = await system.api.post(`${project}/webhooks/${created.body.id}/ping`);
      expect(pinged.status).toBe(202);
      const request = await until('the ping', () => receiver.received[0]);
      expect(JSON.parse(request.body.toString()).type).toBe('hookyard.ping');
    });

    it('sign with the old secret as well while a rotation is under way', async () => {
      const receiver = await system.receiver();
      const created = await webhook({ url: receiver.url, eventTypes: ['*'] });
      const rotated = await system.api.post(`${project}/webhooks/${created.body.id}/secret/rotate`, { secret: newSecret() });
      expect(rotated.status).toBe(200);
      await system.api.post(`${project}/events`, newEvent(), structured);
      const request = await until('the request', () => receiver.received[0]);
      expect(request.headers['webhook-signature']?.split(' ')).toHaveLength(2);
    });
  });

  describe('events', () => {
    it('are refused as a whole when one of a batch is bad, with its place and the reason', async () => {
      const receiver = await system.receiver();
      await webhook({ url: receiver.url, eventTypes: ['*'] });
      const refused = await system.api.post(`${project}/events`, [newEvent(), { ...newEvent(), type: undefined }, newEvent({ source: '' })], batched);
      expect(refused.status).toBe(400);
      const fields = refused.body.problems.map((problem: any) => problem.field);
      expect(fields).toEqual(expect.arrayContaining([expect.stringMatching(/1.*type/), expect.stringMatching(/2.*source/)]));
      await system.api.post(`${project}/events`, newEvent({ type: 'witness' }), structured);
      await until('the witness', () => receiver.received.length > 0);
      expect(receiver.received).toHaveLength(1);
    });

    it('are held to the schema of their type, as strictly as the project wants', async () => {
      const schema = { type: 'object', required: ['amount'], properties: { amount: { type: 'number' } } };
      const register = (validation: string) => system.api.put(`${project}/event-types/order.placed`, { schema, validation });
      expect((await register('enforce')).status).toBe(200);
      const refused = await system.api.post(`${project}/events`, newEvent({ data: { amount: 'much' } }), structured);
      expect(refused).toMatchObject({ status: 422, body: { code: 'schema_violation' } });
      expect(JSON.stringify(refused.body.problems)).toContain('amount');
      expect((await system.api.post(`${project}/events`, newEvent({ data: { amount: 1 } }), structured)).status).toBe(202);
      await register('warn');
      expect((await system.api.post(`${project}/events`, newEvent({ data: { amount: 'much' } }), structured)).status).toBe(202);
      await register('off');
      expect((await system.api.post(`${project}/events`, newEvent({ data: {} }), structured)).status).toBe(202);
      expect((await system.api.put(`${project}/event-types/broken`, { schema: { type: 'no such type' }, validation: 'enforce' })).status).toBe(400);
    });

    it('larger than a mebibyte are refused, others of that size are delivered', async () => {
      const receiver = await system.receiver();
      await webhook({ url: receiver.url, eventTypes: ['*'] });
      const text = (bytes: number) => 'x'.repeat(bytes);
      const large = await system.api.post(`${project}/events`, newEvent({ data: text(1_048_577) }), structured);
      expect(large).toMatchObject({ status: 413, body: { code: 'payload_too_large' } });
      expect((await system.api.post(`${project}/events`, newEvent({ data: text(1_000_000) }), structured)).status).toBe(202);
      const request = await until('the large one', () => receiver.received[0]);
      expect(request.body.length).toBeGreaterThan(1_000_000);
    });

    it('can be looked up, with their payload', async () => {
      const accepted = await system.api.post(`${project}/events`, newEvent({ subject: 'a/b', data: { kept: true } }), structured);
      const found = await until('the event', async () => {
        const answer = await system.api.get(`${project}/events/${accepted.body.accepted[0].eventId}`);
        return answer.status === 200 && answer.body;
      });
      expect(JSON.stringify(found)).toContain('"kept":true');
      expect(await system.api.get(`${project}/events/evt_00000000000000000000000000000000`)).toMatchObject({ status: 404, body: { code: 'event_not_found' } });
    });
  });

  it('describes itself, with documentation from its own origin', async () => {
    const description = await system.as(null).get('/openapi.json');
    expect(description.status).toBe(200);
    expect(description.body.openapi).toMatch(/^3\.1/);
    expect(Object.keys(description.body.paths)).toEqual(expect.arrayContaining(['/v1/projects/{project}/webhooks', '/v1/projects/{project}/events', '/v1/projects/{project}/deliveries']));
    const page = await (await fetch(`${system.host.url}/docs`)).text();
    for (const [, address] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect(address).not.toMatch(/^(https?:)?\/\//);
      expect((await fetch(new URL(address ?? '', `${system.host.url}/docs/`))).status).toBe(200);
    }
  });

  it('shows requests that work as they stand', async () => {
    const { paths } = (await system.as(null).get('/openapi.json')).body as { paths: Record<string, Record<string, Described>> };
    const shown = Object.entries(paths).flatMap(([path, item]) => Object.entries(item).flatMap(([method, { parameters = [], requestBody }]) => {
      const example = (name: string) => (name === 'project' ? project.split('/').at(-1) : exampleOf(parameters.find((parameter) => parameter.name === name)));
      const address = path.replace(/\{(\w+)\}/g, (_, name: string) => String(example(name)));
      const bodies = Object.entries(requestBody?.content ?? {}).flatMap(([type, { examples, example: only }]) =>
        [...Object.values(examples ?? {}).map(({ value }) => value), ...(only === undefined ? [] : [only])].map((body) => [type, body] as const));
      return bodies.map(([type, body]) => ({ method: method.toUpperCase(), address, type, body }));
    }));
    // What is put is there to be changed.
    shown.sort((one, other) => Number(other.method === 'PUT') - Number(one.method === 'PUT'));
    expect(shown.length).toBeGreaterThan(10);
    for (const { method, address, type, body } of shown) {
      const headers = { authorization: `Bearer ${system.host.adminToken}`, 'content-type': type };
      const answer = await fetch(`${system.host.url}${address}`, { method, headers, body: JSON.stringify(body) });
      expect({ method, address, answer: answer.ok ? 'ok' : await answer.json() }).toEqual({ method, address, answer: 'ok' });
    }
  });

  it('holds tenants apart on every route, whatever of another one is named', async () => {
    const theirs = await newProject(system.api);
    const token = (await system.api.post(`${project}/tokens`, { name: 'ours', scopes: ['manage', 'emit', 'read'] })).body.token as string;
    await system.api.put(`${theirs}/webhooks/target`, hook());
    const { eventId } = (await system.api.post(`${theirs}/events`, newEvent(), structured)).body.accepted[0] as { eventId: string };
    const delivery = await until('their delivery', async () => ((await system.api.get(`${theirs}/deliveries`)).body.items as { id: string }[])[0]);
    const ids: Record<string, string> = { webhook: 'target', event: eventId, delivery: delivery.id, token: 'tok_1', name: 'order.placed', revision: '0' };
    const { paths } = (await system.as(null).get('/openapi.json')).body as { paths: Record<string, Record<string, Described>> };
    const routes = Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => [method.toUpperCase(), path.replace(/\{(\w+)\}/g, (all, name: string) => ids[name] ?? all)] as const));
    const ask = async (method: string, address: string) => {
      const body = ['PUT', 'POST', 'PATCH'].includes(method) ? { body: '{}', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } } : { headers: { authorization: `Bearer ${token}` } };
      return (await fetch(`${system.host.url}${address}`, { method, ...body })).status;
    };
    for (const [method, address] of routes.filter(([, address]) => address.includes('{project}'))) {
      expect([method, address, await ask(method, address.replace('/v1/projects/{project}', theirs))]).toEqual([method, address, 403]);
      const namesTheirs = [eventId, ids['delivery'], 'target'].some((id) => address.includes(String(id)));
      // Without a name or an endpoint, what is put is refused before anybody looks for it.
      if (namesTheirs) expect([method, address, await ask(method, address.replace('/v1/projects/{project}', project))]).toEqual([method, address, method === 'PUT' ? 400 : 404]);
    }
    expect(await system.api.get(`${theirs}/webhooks/target`)).toMatchObject({ status: 200, body: { revision: 0, enabled: true } });
  });

  it('answers what it does not know with problem documents', async () => {
    expect(await system.api.get('/v1/nothing')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await system.api.get(`${project}/deliveries?colour=red`)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(await system.api.get(`${project}/deliveries?cursor=nonsense`)).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
    expect(await system.api.get('/v1/projects/nowhere/webhooks')).toMatchObject({ status: 404, body: { code: 'project_not_found' } });
    const malformed = await fetch(`${system.host.url}${project}/webhooks`, { method: 'POST', headers: { authorization: `Bearer ${system.host.adminToken}`, 'content-type': 'application/json' }, body: '{"name": ' });
    expect([malformed.status, malformed.headers.get('content-type')]).toEqual([400, expect.stringContaining('application/problem+json')]);
  });
});
