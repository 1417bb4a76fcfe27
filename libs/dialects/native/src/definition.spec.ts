import { isFault, type FieldProblem } from '@hookyard/event-schemas';
import { parseDefinition } from './definition.ts';
import { nativeLimits } from './limits.ts';
import { native } from './native.ts';

const least = { name: 'Orders', url: 'https://shop.example/hooks' };

function problemsOf(definition: unknown): readonly FieldProblem[] {
  try {
    parseDefinition(definition);
  } catch (error) {
    if (isFault(error, 'invalid_request')) return error.details.problems ?? [];
    throw error;
  }
  return [];
}
const codes = (definition: unknown) => problemsOf(definition).map(({ field, code }) => `${field} ${code}`);

describe('a native definition', () => {
  it('needs a name and a URL; the rest has defaults', () => {
    expect(parseDefinition(least)).toEqual({
      ...least, eventTypes: ['*'], headers: [], labels: {}, timeoutMs: 15_000, signatures: ['v1a'],
    });
  });

  it('is read back the same from what was stored', () => {
    const whole = parseDefinition({
      ...least, description: 'Two\nlines', eventTypes: ['order.*', 'refund.paid'], subject: 'eu/*', filter: { 'data.amount': { $gt: 100 } },
      headers: [{ name: 'X-Shop', value: 'eu 1' }, { name: 'Authorization', sealed: 'v1.k.s' }], labels: { team: 'billing', 'eu/stage': '' },
      timeoutMs: 1_000, retryScheduleMs: [100, 86_400_000], signatures: ['v1', 'v1a'],
    });
    expect(parseDefinition(JSON.parse(JSON.stringify(whole)))).toEqual(whole);
  });

  it('lists every problem at once, each at its place', () => {
    expect(
      codes({
        url: 'ftp://shop.example', eventTypes: ['order.*', '', 'a*b'], subject: '', filter: { 'data.x': { $near: 1 } },
        headers: [{ name: 'Host', value: 'x' }, { name: 'X-A', value: 'a\r\nb' }, { name: 'X-B' }, { value: 'x' }, { name: 'x y', value: '', extra: 1 }],
        labels: { team: 7, 'a:b': 'x' }, timeoutMs: 999, retryScheduleMs: [99, 1.5], signatures: ['v2'], enabeld: true,
      }),
    ).toEqual([
      'name required', 'url invalid_format', 'eventTypes[1] invalid_format', 'eventTypes[2] invalid_format', 'subject invalid_format',
      'filter.data.x.$near unknown_operator', 'headers[0].name not_allowed', 'headers[1].value invalid_format', 'headers[2].value required',
      'headers[3].name required', 'headers[4].name invalid_format', 'headers[4].extra unknown_field', 'labels.team invalid_type',
      'labels.a:b invalid_format', 'timeoutMs out_of_range', 'retryScheduleMs[0] out_of_range', 'retryScheduleMs[1] invalid_type',
      'signatures[0] not_allowed', 'enabeld unknown_field',
    ]);
  });

  it.each([null, 7, 'text', [], [least]])('is an object and not %j', (value) => {
    expect(codes(value)).toEqual([' invalid_type']);
  });

  it.each([
    'http://shop.example', 'HTTPS://shop.example:8443/a?b=c', 'http://127.0.0.1:9000/', 'http://[::1]/', 'https://bücher.example/',
  ])('takes the URL %p', (url) => {
    expect(codes({ ...least, url })).toEqual([]);
  });

  it.each([
    '', 'shop.example', '//shop.example', 'ftp://shop.example', 'file:///etc/passwd', 'javascript:alert(1)', 'https://', 'http://a b/', ' https://shop.example',
    'https://me@shop.example', 'https://me:secret@shop.example', 'https://shop.example/#x', 'https://shop.example/#', 'https://shop.example/\n', 'https:shop.example',
    `https://shop.example/${'x'.repeat(2_048)}`, 'https://shop.example:99999/',
  ])('refuses the URL %p', (url) => {
    expect(problemsOf({ ...least, url })).toEqual([expect.objectContaining({ field: 'url' })]);
  });

  it.each([
    'Content-Length', 'transfer-encoding', 'CONNECTION', 'host', 'Webhook-Id', 'webhook-anything', 'te', 'Trailer', 'Upgrade', 'keep-alive', 'Content-Type',
    'User-Agent', 'traceparent', 'expect', 'proxy-connection', 'X Y', 'X:Y', 'Ü', 'x\n', '', 'x'.repeat(129),
  ])('refuses the header name %p', (name) => {
    expect(problemsOf({ ...least, headers: [{ name, value: 'x' }] })).toEqual([expect.objectContaining({ field: 'headers[0].name' })]);
  });

  it.each(['a\r\nx: y', 'a\nb', '\u0000', ' a', 'a ', 'é', 'x'.repeat(4_097)])('refuses the header value %p', (value) => {
    expect(problemsOf({ ...least, headers: [{ name: 'x-a', value }] })).toEqual([expect.objectContaining({ field: 'headers[0].value' })]);
  });

  it('takes a header once, whatever its case, and either in the open or sealed', () => {
    expect(codes({ ...least, headers: [{ name: 'X-A', value: '1' }, { name: 'x-a', value: '2' }] })).toEqual(['headers[1] duplicate']);
    expect(codes({ ...least, headers: [{ name: 'X-A', value: '1', sealed: 's' }] })).toEqual(['headers[0].value required']);
  });

  it('holds at most so many of everything', () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => at);
    const atLimit = {
      ...least, name: 'n'.repeat(nativeLimits.nameChars), eventTypes: many(64).map((at) => `t${at}`),
      headers: many(32).map((at) => ({ name: `x-${at}`, value: '' })), labels: Object.fromEntries(many(32).map((at) => [`l${at}`, ''])),
      retryScheduleMs: many(20).map(() => 100), timeoutMs: 30_000,
    };
    expect(codes(atLimit)).toEqual([]);
    expect(
      codes({
        ...least, name: 'n'.repeat(201), description: 'd'.repeat(2_001), eventTypes: many(65).map((at) => `t${at}`),
        headers: many(33).map((at) => ({ name: `x-${at}`, value: '' })), labels: Object.fromEntries(many(33).map((at) => [`l${at}`, ''])),
        retryScheduleMs: many(21).map(() => 100), timeoutMs: 30_001, signatures: [],
      }),
    ).toEqual([
      'name too_long', 'description too_long', 'eventTypes too_many', 'headers too_many', 'labels too_many', 'retryScheduleMs too_many',
      'timeoutMs out_of_range', 'signatures too_few',
    ]);
  });

  it('is not fooled by names that every object has', () => {
    const hostile: unknown = JSON.parse('{"name":"n","url":"https://a.example","__proto__":{"x":1},"constructor":1,"toString":"x"}');
    expect(codes(hostile)).toEqual(['__proto__ unknown_field', 'constructor unknown_field', 'toString unknown_field']);
  });
});

describe('the native dialect', () => {
  const definition = native.parse({ ...least, eventTypes: ['order.*'], labels: { team: 'billing' } });

  it('says what lists show', () => {
    expect(native.summarize(definition)).toEqual({ ...least, eventTypes: ['order.*'], labels: { team: 'billing' } });
  });

  it('compiles to types alone when nothing else is asked', () => {
    expect(native.compile(definition)).toEqual({ types: ['order.*'] });
  });

  it('compiles subject and filter, and equal filters to one key', () => {
    const compile = (filter: unknown) => native.compile(native.parse({ ...least, subject: 'eu/*', filter }));
    const one = compile({ 'data.amount': { $gt: 100 }, 'data.shop': 'eu' });
    const other = compile({ 'data.shop': { $eq: 'eu' }, 'data.amount': { $gt: 100 } });
    expect(one.subjects).toEqual(['eu/*']);
    expect(one.predicate?.key).toBe(other.predicate?.key);
    const event = (amount: number) => ({ attributes: { id: '1', source: '/', type: 'order.paid', project: 'p' }, data: () => ({ amount, shop: 'eu' }) });
    expect(one.predicate?.test(event(101))).toEqual({ matched: true });
    expect(one.predicate?.test(event(100))).toMatchObject({ matched: false, reason: { code: 'filter_not_matched', actual: 100 } });
  });

  it('follows the standard schedule, or the webhook\'s own', () => {
    const failure = { outcome: { kind: 'timed_out', stage: 'response', afterMs: 1 } as const, now: 0, random: 0.5 };
    expect(native.policy(definition)).toMatchObject({ timeoutMs: 15_000, maxRedirects: 0 });
    expect(native.policy(definition).next({ ...failure, attempts: 9 })).toEqual({ retryAt: 86_400_000 });
    const own = native.policy(native.parse({ ...least, timeoutMs: 2_000, retryScheduleMs: [200] }));
    expect(own.timeoutMs).toBe(2_000);
    expect([1, 2].map((attempts) => own.next({ ...failure, attempts }))).toEqual([{ retryAt: 200 }, { giveUp: 'attempts_exhausted' }]);
  });

  it('brings the ping along', () => {
    expect(native.catalogue.map(({ type }) => type)).toEqual(['hookyard.ping']);
  });
});
