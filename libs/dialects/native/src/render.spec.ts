import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createPublicKey, verify } from 'node:crypto';
import type { RenderedRequest, RenderInput } from '@hookyard/dialect';
import type { EventAttributes } from '@hookyard/event-schemas';
import { secretBox } from '@hookyard/signing';
import { Webhook } from 'standardwebhooks';
import { parseDefinition, type NativeDefinition } from './definition.ts';
import { formatKeyring, newPrivateKey, publicKeyOf } from './keyring.ts';
import { native } from './native.ts';

const goldenFolder = new URL('../golden/', import.meta.url);
const box = secretBox(Buffer.alloc(32, 3));
const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const newerSecret = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;
const privateKey = newPrivateKey(Buffer.alloc(32, 5));
const attributes: EventAttributes = {
  id: 'o-1/paid', source: '/shop/orders', type: 'order.paid', subject: 'eu/o-1', time: '2026-01-15T12:00:00Z', datacontenttype: 'application/json', project: 'default',
};
const payload = Buffer.from('{ "amount": 129.90,\n  "customer": "Zoë", "big": 12345678901234567890 }');

type Variation = { readonly definition?: Partial<NativeDefinition>; readonly attributes?: Partial<EventAttributes>; readonly data?: Buffer; readonly secrets?: readonly string[]; readonly now?: number };

function input(variation: Variation = {}): RenderInput<NativeDefinition> {
  return {
    definition: parseDefinition({ name: 'Orders', url: 'https://shop.example/hooks?via=hookyard', signatures: ['v1'], ...variation.definition }),
    event: { attributes: { ...attributes, ...variation.attributes }, data: variation.data ?? payload },
    delivery: { id: 'dlv_4f1c', eventId: 'evt_9a2b', sequence: 42, attempt: 1, acceptedAt: 1_768_478_400_000 },
    secrets: variation.secrets ?? [secret],
    open: box.open,
    now: variation.now ?? 1_768_478_401_999,
  };
}
const headerOf = (request: RenderedRequest, name: string) => request.headers.find((header) => header.name === name)?.value;
const bodyOf = (variation: Variation) => native.render(input(variation)).body.toString('utf8');

/** The request as it stands on the wire, without what belongs to the connection. */
function onTheWire({ method, url, headers, body }: RenderedRequest): Buffer {
  const { host, pathname, search } = new URL(url);
  const lines = [`${method} ${pathname}${search} HTTP/1.1`, `host: ${host}`, ...headers.map(({ name, value }) => `${name}: ${value}`), `content-length: ${body.length}`];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
}

/** Golden files are the promise to receivers: written once when missing, compared byte for byte ever after. */
function expectGolden(name: string, request: RenderedRequest): void {
  const file = new URL(`${name}.http`, goldenFolder);
  if (!existsSync(file)) writeFileSync(file, onTheWire(request), { flag: 'wx' });
  expect(onTheWire(request).toString('latin1')).toBe(readFileSync(file, 'latin1'));
}

describe('a native request', () => {
  it.each<[string, Variation]>([
    ['hmac', {}],
    ['ed25519', { definition: { signatures: ['v1a'] }, secrets: [privateKey] }],
    ['rotation', { definition: { signatures: ['v1', 'v1a'] }, secrets: [formatKeyring({ secret: newerSecret, privateKey }), formatKeyring({ secret, privateKey })] }],
    ['own-headers', { definition: { headers: [{ name: 'X-Shop', value: 'eu' }, { name: 'Authorization', sealed: box.seal('Bearer t0p') }] }, attributes: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'vendor=1' } }],
    ['binary', { attributes: { datacontenttype: 'image/png' }, data: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255]) }],
    ['all-attributes', { attributes: { dataschema: 'https://shop.example/order.json', partitionkey: 'o-1', extensions: { region: 'eu "1"', sequence: '7' } } }],
    ['no-data', { data: Buffer.alloc(0) }],
  ])('has the very bytes of golden/%s.http', (name, variation) => {
    expectGolden(name, native.render(input(variation)));
  });

  it('carries the payload as the bytes that came in', () => {
    const { body } = native.render(input());
    expect(body.includes(payload)).toBe(true);
    expect(JSON.parse(body.toString('utf8'))).toEqual({ specversion: '1.0', ...attributes, sequence: '42', data: JSON.parse(payload.toString('utf8')) as unknown });
  });

  it('is the same for the same input, and its body the same at every attempt', () => {
    expect(native.render(input())).toEqual(native.render(input()));
    const once = input();
    const later = { ...once, now: once.now + 60_000, delivery: { ...once.delivery, attempt: 2 } };
    expect(native.render(later).body.equals(native.render(once).body)).toBe(true);
    expect(headerOf(native.render(later), 'webhook-timestamp')).toBe('1768478461');
  });

  it('does not mistake the sequence when one event is rendered with two', () => {
    const once = input();
    const again = { ...once, delivery: { ...once.delivery, sequence: 43 } };
    expect([once, again, once].map((one) => (JSON.parse(native.render(one).body.toString()) as { sequence: string }).sequence)).toEqual(['42', '43', '42']);
  });

  it.each([
    ['application/json', '"data":1'], ['application/json; charset=utf-8', '"data":1'], ['text/json', '"data":1'], ['application/vnd.shop+json', '"data":1'],
    ['text/plain', '"data_base64":"MQ=="'], ['application/jsonlines', '"data_base64":"MQ=="'],
  ])('takes %s data as %s', (datacontenttype, part) => {
    expect(bodyOf({ attributes: { datacontenttype }, data: Buffer.from('1') })).toContain(part);
  });

  it('looks at data that names no type', () => {
    const { datacontenttype: _, ...untyped } = attributes;
    const body = (data: string) => native.render({ ...input(), event: { attributes: untyped, data: Buffer.from(data) } }).body.toString();
    expect(body('{"a":1}')).toContain('"data":{"a":1}}');
    expect(body('not json')).toContain('"data_base64":"bm90IGpzb24="}');
  });

  it('lets no extension speak for the event', () => {
    const forged = { id: 'x', project: 'other', specversion: '9', data: '1', data_base64: 'MQ==', sequence: '7', kept: 'yes' };
    const body = bodyOf({ attributes: { extensions: forged } });
    expect(JSON.parse(body)).toMatchObject({ id: 'o-1/paid', project: 'default', specversion: '1.0', sequence: '42', kept: 'yes' });
    for (const name of ['specversion', 'id', 'project', 'sequence', 'data', 'data_base64']) expect(body.split(`"${name}":`).length).toBeLessThanOrEqual(2);
  });

  it('marks protected headers for redaction, and only those', () => {
    const { headers } = native.render(input({ definition: { headers: [{ name: 'X-Shop', value: 'eu' }, { name: 'Authorization', sealed: box.seal('Bearer t0p') }] } }));
    expect(headers.filter(({ redact }) => redact)).toEqual([{ name: 'Authorization', value: 'Bearer t0p', redact: true }]);
  });

  it('is never made unsigned', () => {
    expect(() => native.render(input({ secrets: [] }))).toThrow('no key in force to sign v1');
    expect(() => native.render(input({ secrets: [privateKey] }))).toThrow('no key in force to sign v1');
  });

  it('names the version of this release', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(headerOf(native.render(input()), 'user-agent')).toBe(`Hookyard/${version}`);
  });
});

describe('receivers with the library of Standard Webhooks', () => {
  const sent = (variation: Variation) => {
    // The library accepts a timestamp within five minutes of its own clock.
    const { headers, body } = native.render(input({ ...variation, now: Date.now() }));
    return { body, headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])) };
  };

  it.each([['JSON', payload], ['nothing', Buffer.alloc(0)], ['any bytes', Buffer.from([0, 255, 254])]])('verify v1 over %s', (kind, data) => {
    const { headers, body } = sent({ data, ...(kind === 'any bytes' ? { attributes: { datacontenttype: 'application/octet-stream' } } : {}) });
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({ id: 'o-1/paid', sequence: '42' });
  });

  it('verify with the old secret and with the new one while a secret is rotated', () => {
    const { headers, body } = sent({ secrets: [newerSecret, secret] });
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const key of [newerSecret, secret]) expect(() => new Webhook(key).verify(body, headers)).not.toThrow();
  });

  it('verify v1 beside v1a', () => {
    const { headers, body } = sent({ definition: { signatures: ['v1a', 'v1'] }, secrets: [formatKeyring({ secret, privateKey })] });
    expect(headers['webhook-signature']).toMatch(/^v1a,\S+ v1,\S+$/);
    expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
  });

  it('refuse another secret and a changed body', () => {
    const { headers, body } = sent({});
    expect(() => new Webhook(newerSecret).verify(body, headers)).toThrow();
    expect(() => new Webhook(secret).verify(body.toString().replace('129.90', '0.90'), headers)).toThrow();
  });

  it('verify v1a with the public key alone', () => {
    const { headers, body } = sent({ definition: { signatures: ['v1a'] }, secrets: [privateKey] });
    const [version, signature] = headers['webhook-signature']?.split(',') ?? [];
    const x = Buffer.from(publicKeyOf(privateKey).slice('whpk_'.length), 'base64').toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    const signed = Buffer.concat([Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`), body]);
    expect(version).toBe('v1a');
    expect(verify(null, signed, key, Buffer.from(signature ?? '', 'base64'))).toBe(true);
  });
});
