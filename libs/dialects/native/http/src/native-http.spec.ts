/**
 * The REST API over real HTTP. Real: Nest, Fastify, the one pipe, guard and filter, the dialect, the memory engine.
 * Doubled: the write side (testing/write-side.ts).
 * May be asserted: answers, what stands in streams and topics.
 */
import { memoryEngine, type MemoryEngine } from '@hookyard/adapter-memory';
import { deliveryId, eventId, topics, type WebhookCommand } from '@hookyard/event-schemas';
import { CLOCK, EVENT_STORE, MESSAGE_BUS, READ_MODELS, systemClock } from '@hookyard/ports';
import { COMMANDS, createLog, type CommandClient } from '@hookyard/runtime';
import { AuthGuard, dressEdge, fastifyEdge, TOKEN_AUTHENTICATOR, type Authenticator, type Caller } from '@hookyard/runtime/http';
import { SECRET_BOX, secretBox } from '@hookyard/signing';
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { NativeHttpModule } from './index.ts';
import { doublePartition, writeSide } from './testing/write-side.ts';

const box = secretBox(Buffer.alloc(32, 7));
const secret = (fill: number) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
const least = { name: 'Orders', url: 'https://shop.example/hooks' };

const callers: Readonly<Record<string, Caller>> = {
  admin: { actor: { kind: 'admin', id: 'admin' }, isAdmin: true, scopes: [] },
  manager: { actor: { kind: 'token', id: 'tok_m' }, isAdmin: false, project: 'p1', scopes: ['manage'] },
  reader: { actor: { kind: 'token', id: 'tok_r' }, isAdmin: false, project: 'p1', scopes: ['read'] },
  emitter: { actor: { kind: 'token', id: 'tok_e' }, isAdmin: false, project: 'p1', scopes: ['emit'] },
};
const authenticator: Authenticator = { authenticate: async (bearer) => callers[bearer] ?? null };

@Module({})
class World {
  static of({ bus, store, models }: MemoryEngine, commands: CommandClient): DynamicModule {
    const ports = [[MESSAGE_BUS, bus], [EVENT_STORE, store], [READ_MODELS, models], [CLOCK, systemClock], [SECRET_BOX, box], [COMMANDS, commands], [TOKEN_AUTHENTICATOR, authenticator]] as const;
    return { module: World, global: true, providers: [...ports.map(([provide, useValue]) => ({ provide, useValue })), { provide: APP_GUARD, useClass: AuthGuard }], exports: ports.map(([token]) => token) };
  }
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test looks into any answer without declaring its shape
type Answer = { readonly status: number; readonly body: any; readonly etag: string; readonly headers: Headers };

describe('the REST API of native webhooks', () => {
  let engine: MemoryEngine;
  let commands: ReturnType<typeof writeSide>;
  let app: NestFastifyApplication;
  let base: string;

  beforeEach(async () => {
    engine = memoryEngine();
    commands = writeSide(engine.store, engine.models);
    await engine.bus.declare([{ name: topics.events, partitions: 8 }]);
    const root = { module: class Root {}, imports: [World.of(engine, commands), NativeHttpModule] };
    app = await NestFactory.create<NestFastifyApplication>(root, fastifyEdge(), { logger: false });
    dressEdge(app, createLog({ level: 'info', pretty: false, destination: { write: () => undefined } }));
    await app.listen(0, '127.0.0.1');
    base = await app.getUrl();
  });
  afterEach(async () => {
    await app.close();
    await engine.close();
  });

  async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await fetch(`${base}/v1/projects/p1/webhooks${path}`, {
      method, headers: { authorization: 'Bearer admin', ...type, ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text), etag: answer.headers.get('etag') ?? '', headers: answer.headers };
  }
  const create = async (fields: Record<string, unknown> = {}): Promise<Answer> => {
    const answer = await ask('POST', '', { ...least, ...fields });
    expect(answer).toMatchObject({ status: 201 });
    return answer;
  };
  /** The webhooks of another project, as a path beside those of the first. */
  const other = '/../../p2/webhooks';
  const published = async () => (await Promise.all((await engine.bus.offsets(topics.events)).map(({ partition }) => engine.bus.read({ topic: topics.events, partition, offset: 0 }, 10)))).flat();
  const problems = (answer: Answer) => answer.body.problems.map(({ field, code }: { field: string; code: string }) => `${field} ${code}`).sort();

  describe('creating', () => {
    it('answers the webhook with its defaults, its place and its revision', async () => {
      const { body, etag, headers } = await create();
      expect(body).toEqual({
        id: expect.stringMatching(/^wh_[0-9a-f]{32}$/), project: 'p1', ...least, eventTypes: ['*'], headers: [], labels: {}, timeoutMs: 15_000, signatures: ['v1a'],
        publicKey: expect.stringMatching(/^whpk_/), expiringKeys: [], enabled: true, revision: 0, createdAt: expect.any(String), updatedAt: body.createdAt,
      });
      expect([etag, headers.get('location')]).toEqual(['"0"', `/v1/projects/p1/webhooks/${body.id}`]);
      expect((await ask('GET', `/${body.id}`)).body).toEqual(body);
    });

    it('never shows a secret or the value of a protected header, nor lets them out of its hands unsealed', async () => {
      const { body } = await create({ secret: secret(1), headers: [{ name: 'Authorization', value: 'Bearer t0p', protected: true }, { name: 'X-Shop', value: 'eu' }] });
      expect(body.headers).toEqual([{ name: 'Authorization', protected: true }, { name: 'X-Shop', value: 'eu', protected: false }]);
      expect(body.signatures).toEqual(['v1']);
      expect(body.publicKey).toBeUndefined();
      const everything = JSON.stringify([body, commands.seen, await engine.store.readAll()]);
      for (const hidden of [secret(1), secret(1).slice(6), 't0p', 'whsk_']) expect(everything).not.toContain(hidden);
    });

    it('lists everything wrong at once, unknown fields included', async () => {
      const answer = await ask('POST', '', {
        url: 'ftp://x', eventTypes: ['a b', 'ok'], filter: { 'data.a': { $near: 1 } }, headers: [{ name: 'Host', value: 'x' }, { name: 'X-A' }, 7], labels: { 'a:b': '' },
        timeoutMs: 1, retryScheduleMs: ['x'], signatures: ['v1'], enabled: 'yes', colour: 'red',
      });
      expect(answer.status).toBe(400);
      expect(problems(answer)).toEqual([
        'colour unknown_field', 'enabled is_boolean', 'eventTypes invalid_format', 'filter invalid', 'headers[0].name not_allowed', 'headers[1].value invalid_type',
        'headers[2] nested_validation', 'labels invalid_format', 'name invalid_type', 'retryScheduleMs invalid_type', 'signatures required', 'timeoutMs out_of_range', 'url invalid_format',
      ]);
      expect(answer.body.problems.find(({ field }: { field: string }) => field === 'eventTypes').reason).toMatch(/^eventTypes\[0\]: /);
      expect(commands.seen).toEqual([]);
    });

    it.each([
      ['secret', { secret: 'whsec_short' }], ['secret', { secret: 7 }], ['headers', { headers: [{ name: 'x-a', value: '1' }, { name: 'X-A', value: '2' }] }], ['signatures', { signatures: ['v1'] }],
      ['headers[0].value', { headers: [{ name: 'X-A', protected: true }] }], ['description', { description: 'x'.repeat(2_001) }], ['headers', { headers: 'x' }],
    ])('refuses a wrong %s: %j', async (field, fields) => {
      const answer = await ask('POST', '', { ...least, ...fields });
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
      expect(answer.body.problems.map((problem: { field: string }) => problem.field)).toContain(field);
    });

    it('refuses a body that is no object', async () => {
      for (const body of [[], 'text', 7, null]) expect((await ask('POST', '', body)).status).toBe(400);
    });

    it('answers one idempotency key alike, also after the webhook has changed, and refuses it for another request', async () => {
      const key = { 'idempotency-key': 'k-1' };
      const request = { ...least, secret: secret(1), labels: { a: '1', b: '2' }, headers: [{ name: 'X-A', value: 's', protected: true }] };
      const first = await ask('POST', '', request, key);
      await ask('PATCH', `/${first.body.id}`, { name: 'renamed' });
      const again = await ask('POST', '', { ...request, labels: { b: '2', a: '1' } }, key);
      expect([first.status, again.status, again.body, again.etag]).toEqual([201, 201, first.body, first.etag]);
      expect((await ask('POST', '', { ...request, secret: secret(2) }, key)).body.code).toBe('idempotency_key_reused');
      expect(problems(await ask('POST', '', request, { 'idempotency-key': 'with blank' }))).toEqual(['Idempotency-Key invalid_format']);
      expect((await ask('GET', '')).body.items).toHaveLength(1);
    });
  });

  describe('listing', () => {
    it('finds by label, event type and state, newest first, page by page', async () => {
      const names = async (query: string) => (await ask('GET', query)).body.items.map(({ name }: { name: string }) => name).sort();
      for (const [at, eventTypes] of [['order.*'], ['order.*', 'refund'], ['*']].entries()) await create({ name: `w${at}`, eventTypes, labels: { team: at === 0 ? 'a' : 'b' }, enabled: at !== 2 });
      expect(await names('?label=team:b')).toEqual(['w1', 'w2']);
      expect(await names('?eventType=order.*')).toEqual(['w0', 'w1']);
      expect(await names('?state=disabled')).toEqual(['w2']);
      expect(await names('?state=enabled&label=team:b')).toEqual(['w1']);
      const page = await ask('GET', '?limit=2');
      const rest = await ask('GET', `?limit=2&cursor=${encodeURIComponent(page.body.cursor)}`);
      expect([page.body.items.length, rest.body.items.length, rest.body.cursor]).toEqual([2, 1, undefined]);
    });

    it('refuses what it cannot read', async () => {
      expect(problems(await ask('GET', '?limit=101&label=x&state=odd&colour=red'))).toEqual(['colour unknown_field', 'label invalid_format', 'limit out_of_range', 'state not_allowed']);
      expect((await ask('GET', '?cursor=nonsense')).body.code).toBe('invalid_cursor');
    });
  });

  describe('changing', () => {
    it('merges a patch: leaves what is not named, removes what is null, replaces lists', async () => {
      const { body } = await create({ description: 'd', labels: { a: '1', b: '2' }, eventTypes: ['x', 'y'], timeoutMs: 2_000, filter: { 'data.a': 1 }, headers: [{ name: 'X-Key', value: 'k', protected: true }] });
      const patch = { description: null, labels: { a: null, c: '3' }, eventTypes: ['z'], timeoutMs: null, filter: { 'data.b': 2 } };
      const answer = await ask('PATCH', `/${body.id}`, patch, { 'content-type': 'application/merge-patch+json' });
      expect([answer.status, answer.etag]).toEqual([200, '"1"']);
      const { description: _, ...kept } = body;
      expect(answer.body).toEqual({ ...kept, labels: { b: '2', c: '3' }, eventTypes: ['z'], timeoutMs: 15_000, filter: { 'data.a': 1, 'data.b': 2 }, revision: 1, updatedAt: answer.body.updatedAt });
      expect((await ask('PATCH', `/${body.id}`, patch)).body.revision).toBe(1);
    });

    it('refuses a patch that is no JSON, or no object, or nested beyond all measure', async () => {
      const { body } = await create();
      const patch = async (text: string) => {
        const answer = await fetch(`${base}/v1/projects/p1/webhooks/${body.id}`, { method: 'PATCH', body: text, headers: { authorization: 'Bearer admin', 'content-type': 'application/merge-patch+json; charset=utf-8' } });
        return [answer.status, ((await answer.json()) as { code: string }).code];
      };
      for (const text of ['{"name": ', '[]', '"x"', 'null', '', `{"filter":${'['.repeat(100_000)}${']'.repeat(100_000)}}`]) expect(await patch(text)).toEqual([400, 'invalid_request']);
      expect((await ask('PATCH', `/${body.id}`, [])).status).toBe(400);
      expect(await patch('{"labels":{"__proto__":{"a":"1"}}}')).toEqual([400, 'invalid_request']);
    });

    it('keeps the value of a protected header that comes back without one, and has it asked for otherwise', async () => {
      const { body } = await create({ headers: [{ name: 'X-Key', value: 'k3y', protected: true }] });
      const answer = await ask('PATCH', `/${body.id}`, { headers: [...body.headers, { name: 'X-B', value: 'b' }] });
      expect(answer.body.headers).toEqual([{ name: 'X-Key', protected: true }, { name: 'X-B', value: 'b', protected: false }]);
      const sent = commands.seen.at(-1) as Extract<WebhookCommand, { type: 'ChangeWebhook' }>;
      expect(box.open((sent.definition as { headers: { sealed: string }[] }).headers[0]?.sealed ?? '')).toBe('k3y');
      expect(problems(await ask('PATCH', `/${body.id}`, { headers: [{ name: 'X-New', protected: true }] }))).toEqual(['headers[0].value required']);
    });

    it('refuses to remove what a webhook needs, and a signature without its key', async () => {
      const { body } = await create();
      expect(problems(await ask('PATCH', `/${body.id}`, { name: null, url: null }))).toEqual(['name invalid_type', 'url invalid_type']);
      expect(problems(await ask('PATCH', `/${body.id}`, { signatures: ['v1'] }))).toEqual(['signatures required']);
      expect(problems(await ask('PATCH', `/${body.id}`, { secret: secret(1) }))).toEqual(['secret unknown_field']);
      expect(problems(await ask('PATCH', `/${body.id}`, { filter: { 'data.a': { $near: 1 } } }))).toEqual(['filter.data.a.$near unknown_operator']);
      expect(problems(await ask('PATCH', `/${body.id}`, { filter: 7, labels: { 'a:b': 'x', c: null } }))).toEqual(['filter invalid_type', 'labels invalid_format']);
    });

    it('switches on and off, and changes together', async () => {
      const { body } = await create();
      expect((await ask('PATCH', `/${body.id}`, { name: 'n', enabled: false })).body).toMatchObject({ name: 'n', enabled: false, disabledReason: 'owner', revision: 2 });
      expect((await ask('POST', `/${body.id}/enable`)).body).toMatchObject({ enabled: true, revision: 3 });
      expect((await ask('POST', `/${body.id}/enable`)).body).toMatchObject({ enabled: true, revision: 3 });
      expect(await ask('POST', `/${body.id}/disable`)).toMatchObject({ status: 200, etag: '"4"', body: { enabled: false } });
    });

    it('guards against lost updates', async () => {
      const { body, etag } = await create();
      const at = (tag: string) => ({ 'if-match': tag });
      expect((await ask('PATCH', `/${body.id}`, { name: 'one' }, at(etag))).status).toBe(200);
      for (const answer of [
        await ask('PATCH', `/${body.id}`, { name: 'two' }, at(etag)), await ask('PUT', `/${body.id}`, least, at(etag)), await ask('DELETE', `/${body.id}`, undefined, at(etag)),
        await ask('POST', `/${body.id}/disable`, undefined, at(etag)), await ask('POST', `/${body.id}/secret/rotate`, {}, at('W/"1"')), await ask('PUT', '/new', least, at('*')),
      ]) expect([answer.status, answer.body.code]).toEqual([412, 'precondition_failed']);
      expect((await ask('PATCH', `/${body.id}`, { name: 'three' }, at('"0", "1"'))).body).toMatchObject({ name: 'three', revision: 2 });
      expect((await ask('PATCH', `/${body.id}`, { name: 'four' }, at('*'))).status).toBe(200);
      expect(problems(await ask('PATCH', `/${body.id}`, { name: 'five' }, at('3')))).toEqual(['If-Match invalid_format']);
    });

    it('begins again when somebody else wrote in between, so that of many who name no revision none is turned away', async () => {
      const { body } = await create();
      const labels = Object.fromEntries(Array.from({ length: 15 }, (_, at) => [`l${at}`, 'x']));
      const answers = await Promise.all(Object.keys(labels).map((label) => ask('PATCH', `/${body.id}`, { labels: { [label]: 'x' } })));
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
      expect((await ask('GET', `/${body.id}`)).body.labels).toEqual(labels);
    });
  });

  describe('putting', () => {
    const whole = { ...least, eventTypes: ['order.*'], headers: [{ name: 'X-Key', value: 'k', protected: true }], secret: secret(1) };

    it('creates under the chosen id, then replaces, and changes nothing when repeated', async () => {
      expect(await ask('PUT', '/my-hook', whole)).toMatchObject({ status: 201, body: { id: 'my-hook', revision: 0 } });
      expect(await ask('PUT', '/my-hook', whole)).toMatchObject({ status: 200, etag: '"0"' });
      const { headers: _, ...fewer } = whole;
      expect(await ask('PUT', '/my-hook', { ...fewer, name: 'Other' })).toMatchObject({ status: 200, body: { name: 'Other', headers: [], signatures: ['v1'], revision: 1 } });
      expect((await ask('PUT', '/my-hook', { ...fewer, secret: undefined })).body.signatures).toEqual(['v1']);
    });

    it('only creates on the condition that there is none yet', async () => {
      const onlyNew = (tag: string) => ask('PUT', '/my-hook', whole, { 'if-none-match': tag });
      expect((await onlyNew('*')).status).toBe(201);
      expect(await onlyNew('*')).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
      expect(problems(await onlyNew('"0"'))).toEqual(['If-None-Match invalid_format']);
    });

    it('rotates in a secret that is new', async () => {
      await ask('PUT', '/my-hook', whole);
      const { body } = await ask('PUT', '/my-hook', { ...whole, secret: secret(2) });
      expect(body).toMatchObject({ revision: 1, expiringKeys: [{ kind: 'v1', expiresAt: expect.any(String) }] });
    });

    it('leaves a webhook that was switched off as it is, unless told', async () => {
      await ask('PUT', '/my-hook', { ...whole, enabled: false });
      expect((await ask('PUT', '/my-hook', whole)).body.enabled).toBe(false);
      expect((await ask('PUT', '/my-hook', { ...whole, enabled: true })).body.enabled).toBe(true);
    });

    it('refuses ids of another form, also when they are meant to reach another project', async () => {
      for (const id of ['a%20b', '-a', 'x'.repeat(65), 'a.b', 'wh_mine', 'Wh_mine', 'p1:a', 'p2%3Aa', 'a%2Fb', 'a%0A']) expect(problems(await ask('PUT', `/${id}`, least))).toEqual(['webhook invalid_format']);
      expect(commands.seen).toEqual([]);
    });

    it('replaces under an id that the server made and creates none, alike whether another project has it or nobody', async () => {
      const { body } = await create();
      expect(await ask('PUT', `/${body.id}`, { ...least, name: 'Other' })).toMatchObject({ status: 200, body: { id: body.id, name: 'Other' } });
      const answers = [await ask('PUT', `${other}/${body.id}`, least), await ask('PUT', `${other}/wh_${'0'.repeat(32)}`, least)];
      for (const answer of answers) expect([answer.status, answer.body.code, answer.body.detail]).toEqual([404, 'webhook_not_found', answers[0]?.body.detail]);
    });
  });

  describe('an id that two projects chose', () => {
    it('names two webhooks, of which neither project sees the other\'s', async () => {
      const mine = await ask('PUT', '/mine', { ...least, name: 'first' });
      const theirs = await ask('PUT', `${other}/mine`, { ...least, name: 'second' });
      expect([mine, theirs]).toMatchObject([{ status: 201, body: { id: 'mine', project: 'p1' } }, { status: 201, body: { id: 'mine', project: 'p2' } }]);
      expect([mine, theirs].map(({ headers }) => headers.get('location'))).toEqual(['/v1/projects/p1/webhooks/mine', '/v1/projects/p2/webhooks/mine']);
      await ask('PATCH', `${other}/mine`, { labels: { team: 'b' } });
      await ask('POST', `${other}/mine/disable`);
      expect((await ask('GET', '/mine')).body).toEqual(mine.body);
      for (const [path, name] of [['', 'first'], [other, 'second']] as const) expect((await ask('GET', path)).body.items).toMatchObject([{ id: 'mine', name }]);
      expect((await ask('GET', `${other}/mine/history`)).body.items).toHaveLength(3);
      expect((await ask('GET', '/mine/history/0')).body.webhook).toMatchObject({ id: 'mine', name: 'first' });
      expect((await ask('DELETE', `${other}/mine`)).status).toBe(204);
      expect([(await ask('GET', '/mine')).status, (await ask('GET', `${other}/mine`)).status]).toEqual([200, 404]);
      expect((await ask('PUT', `${other}/mine`, least)).body.code).toBe('webhook_deleted');
    });

    it('is no way to the other one, however it is written', async () => {
      await ask('PUT', '/mine', least);
      for (const id of ['mine', 'p1:mine', 'p1%3Amine', 'p2:mine', '..%2Fp1%2Fmine']) {
        for (const [method, path] of [['GET', ''], ['GET', '/history'], ['DELETE', ''], ['POST', '/disable'], ['POST', '/ping']] as const) {
          expect((await ask(method, `${other}/${id}${path}`)).body.code).toBe('webhook_not_found');
        }
      }
      expect((await ask('GET', '/p1:mine')).body.code).toBe('webhook_not_found');
    });

    it('is what a ping shows, though the event is addressed by the name over all projects', async () => {
      await ask('PUT', '/mine', least);
      const ping = await ask('POST', '/mine/ping');
      const [event] = await published();
      expect(event?.headers).toMatchObject({ ce_source: '/hookyard/webhooks/mine', 'hy-only-webhook': 'p1:mine' });
      expect(JSON.parse(String(event?.value)).webhookId).toBe('mine');
      expect(ping.body.deliveryId).toBe(deliveryId(ping.body.eventId, 'p1:mine'));
    });
  });

  it('deletes, and says so again; what never was is not found', async () => {
    const { body } = await create();
    expect([(await ask('DELETE', `/${body.id}`)).status, (await ask('DELETE', `/${body.id}`)).status]).toEqual([204, 204]);
    expect((await ask('GET', `/${body.id}`)).body.code).toBe('webhook_not_found');
    expect((await ask('DELETE', '/never')).body.code).toBe('webhook_not_found');
    expect((await ask('PUT', `/${body.id}`, least)).body.code).toBe('webhook_not_found');
  });

  describe('rotating', () => {
    it('takes a new secret, the old one signing along for the grace period', async () => {
      const { body } = await create({ secret: secret(1), signatures: ['v1', 'v1a'] });
      const rotated = await ask('POST', `/${body.id}/secret/rotate`, { secret: secret(2), graceMs: 3_600_000 });
      expect(rotated).toMatchObject({ status: 200, body: { publicKey: body.publicKey, expiringKeys: [{ kind: 'v1' }] } });
      expect(Date.parse(rotated.body.expiringKeys[0].expiresAt) - Date.parse(rotated.body.updatedAt)).toBe(3_600_000);
      expect((await ask('POST', `/${body.id}/secret/rotate`, { secret: secret(2) })).body.revision).toBe(1);
    });

    it('makes a new key pair when none is given, with a day of grace', async () => {
      const { body } = await create();
      const rotated = await ask('POST', `/${body.id}/secret/rotate`);
      expect(rotated.body.publicKey).not.toBe(body.publicKey);
      expect(rotated.body.expiringKeys).toEqual([{ kind: 'v1a', publicKey: body.publicKey, expiresAt: new Date(Date.parse(rotated.body.updatedAt) + 86_400_000).toISOString() }]);
    });

    it('asks for the secret when there is no key pair, and for a grace period within a week', async () => {
      const { body } = await create({ secret: secret(1) });
      expect(problems(await ask('POST', `/${body.id}/secret/rotate`, {}))).toEqual(['secret required']);
      expect(problems(await ask('POST', `/${body.id}/secret/rotate`, { secret: 'x', graceMs: 604_800_001 }))).toEqual(['graceMs out_of_range', 'secret invalid_format']);
    });
  });

  it('pings one webhook by an event of its own, stamped with how far the webhook is known', async () => {
    const { body } = await create({ enabled: false });
    const ping = await ask('POST', `/${body.id}/ping`);
    expect(ping).toMatchObject({ status: 202, body: { eventId: expect.stringMatching(/^evt_/), deliveryId: expect.stringMatching(/^dlv_/) } });
    const [event] = await published();
    expect(event).toMatchObject({ key: 'p1', headers: { ce_type: 'hookyard.ping', ce_project: 'p1', 'hy-only-webhook': body.id, 'hy-webhooks-position': `${doublePartition}:1` } });
    expect(eventId('p1', event?.headers['ce_source'] ?? '', event?.headers['ce_id'] ?? '')).toBe(ping.body.eventId);
    expect((await ask('POST', '/never/ping')).body.code).toBe('webhook_not_found');
  });

  describe('history', () => {
    it('tells every revision: who, when, and which fields changed, without anything secret', async () => {
      const { body } = await create({ secret: secret(1), labels: { team: 'a' }, headers: [{ name: 'X-Key', value: 'k3y', protected: true }] });
      const path = `/${body.id}`;
      await ask('PATCH', path, { labels: { team: 'b' }, headers: [{ name: 'X-Key', value: 'n3w', protected: true }] }, { authorization: 'Bearer manager' });
      await ask('POST', `${path}/secret/rotate`, { secret: secret(2) });
      await ask('POST', `${path}/disable`);
      await ask('DELETE', path);
      const { body: history } = await ask('GET', `${path}/history`, undefined, { authorization: 'Bearer reader' });
      expect(history.items.map(({ revision, type }: { revision: number; type: string }) => `${revision} ${type}`)).toEqual(['4 WebhookDeleted', '3 WebhookDisabled', '2 SecretRotated', '1 WebhookChanged', '0 WebhookCreated']);
      const [, disabled, rotated, changed, created] = history.items;
      expect(changed).toMatchObject({ by: { kind: 'token', id: 'tok_m' }, at: expect.stringMatching(/Z$/), changes: [{ field: 'labels.team', from: 'a', to: 'b' }, { field: 'headers.X-Key', protected: true }] });
      expect(rotated.changes).toEqual([{ field: 'expiringKeys', from: [], to: [expect.objectContaining({ kind: 'v1' })] }, { field: 'secret', protected: true }]);
      expect(disabled.changes).toEqual([{ field: 'disabledReason', to: 'owner' }, { field: 'enabled', from: true, to: false }]);
      expect(created.changes).toContainEqual({ field: 'url', to: least.url });
      for (const hidden of ['k3y', 'n3w', 'whsec_', 'v1.', secret(1).slice(6)]) expect(JSON.stringify(history)).not.toContain(hidden);
    });

    it('shows the webhook as of any revision, and nothing beyond', async () => {
      const { body } = await create();
      await ask('PATCH', `/${body.id}`, { name: 'second' });
      await ask('DELETE', `/${body.id}`);
      expect((await ask('GET', `/${body.id}/history/0`)).body).toMatchObject({ revision: 0, type: 'WebhookCreated', webhook: body });
      expect((await ask('GET', `/${body.id}/history/1`)).body.webhook.name).toBe('second');
      expect((await ask('GET', `/${body.id}/history/2`)).body.webhook).toBeUndefined();
      for (const revision of ['3', '-1', 'x', '1e3']) expect((await ask('GET', `/${body.id}/history/${revision}`)).body.code).toBe('not_found');
      for (const path of ['/never/history', `/../../p2/webhooks/${body.id}/history`]) expect((await ask('GET', path)).body.code).toBe('webhook_not_found');
    });

    it('comes page by page', async () => {
      const { body } = await create();
      for (const name of ['a', 'b']) await ask('PATCH', `/${body.id}`, { name });
      const page = await ask('GET', `/${body.id}/history?limit=2`);
      const rest = await ask('GET', `/${body.id}/history?limit=2&cursor=${page.body.cursor}`);
      expect([...page.body.items, ...rest.body.items].map(({ revision }: { revision: number }) => revision)).toEqual([2, 1, 0]);
      expect(rest.body.cursor).toBeUndefined();
      expect((await ask('GET', `/${body.id}/history?cursor=9`)).body.code).toBe('invalid_cursor');
    });
  });

  it('gives each token what its scopes give, in its own project', async () => {
    const { body } = await create();
    const status = async (token: string, method: string, path: string, sent?: unknown) => (await ask(method, path, sent, { authorization: `Bearer ${token}` })).status;
    expect([await status('reader', 'GET', ''), await status('reader', 'GET', `/${body.id}/history`), await status('manager', 'GET', ''), await status('manager', 'POST', '', least)]).toEqual([200, 200, 200, 201]);
    expect([await status('reader', 'POST', '', least), await status('reader', 'POST', `/${body.id}/ping`), await status('emitter', 'GET', ''), await status('manager', 'GET', '/../../p2/webhooks')]).toEqual([403, 403, 403, 403]);
    expect(await status('nobody', 'GET', '')).toBe(401);
  });
});
