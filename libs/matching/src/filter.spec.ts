import { isFault, type EventAttributes } from '@hookyard/event-schemas';
import { parseFilter, requireFilter, type Filter } from './filter.ts';
import { matchableEvent } from './matchable-event.ts';
import type { MatchableEvent, Reason } from './types.ts';

const attributes: EventAttributes = {
  id: '1',
  source: '/shop',
  type: 'order.created',
  subject: 'orders/17',
  time: '2026-11-21T10:00:00Z',
  project: 'default',
  extensions: { region: 'eu' },
};

const order = {
  amount: 120,
  currency: 'EUR',
  paid: false,
  note: null,
  tags: ['new', 'vip'],
  items: [{ sku: 'A1', count: 2 }, { sku: 'B2' }],
  'odd.key': 'x',
  address: { city: 'Ghent', zip: '9000' },
};

function event(data: unknown = order, changes: Partial<EventAttributes> = {}): MatchableEvent {
  return matchableEvent({ ...attributes, ...changes }, Buffer.from(JSON.stringify(data)));
}

function holds(filter: unknown, of: MatchableEvent = event()): boolean {
  const parsed = requireFilter(filter);
  expect(parsed.test(of).matched).toBe(parsed.holds(of));
  return parsed.holds(of);
}

function reason(filter: Filter, of: MatchableEvent = event()): Reason {
  const verdict = filter.test(of);
  if (verdict.matched) throw new Error('it matched');
  return verdict.reason;
}

function problems(filter: unknown, prefix?: string) {
  const parsed = parseFilter(filter, prefix);
  return parsed.ok ? [] : parsed.problems.map(({ field, code }) => [field, code]);
}

describe('a filter', () => {
  it.each<[unknown, boolean]>([
    [{}, true],
    [{ 'data.amount': 120 }, true],
    [{ 'data.amount': '120' }, false],
    [{ 'data.amount': { $eq: 120 } }, true],
    [{ 'data.amount': { $ne: 120 } }, false],
    [{ 'data.amount': { $ne: '120' } }, true],
    [{ 'data.absent': { $ne: 1 } }, true],
    [{ 'data.amount': { $gt: 100, $lt: 150 } }, true],
    [{ 'data.amount': { $gte: 120, $lte: 120 } }, true],
    [{ 'data.amount': { $gt: 120 } }, false],
    [{ 'data.amount': { $gt: '100' } }, false],
    [{ 'data.note': { $lt: 1 } }, false],
    [{ 'data.absent': { $lt: 1 } }, false],
    [{ time: { $gte: '2026-11-01T00:00:00Z' } }, true],
    [{ 'data.currency': { $in: ['EUR', 'USD'] } }, true],
    [{ 'data.currency': { $nin: ['EUR', 'USD'] } }, false],
    [{ 'data.absent': { $in: [null] } }, false],
    [{ 'data.absent': { $nin: ['EUR'] } }, true],
    [{ 'data.note': null }, true],
    [{ 'data.absent': null }, false],
    [{ 'data.note': { $exist: true } }, true],
    [{ 'data.absent': { $exist: true } }, false],
    [{ 'data.absent': { $exist: false } }, true],
    [{ 'data.tags': ['new', 'vip'] }, true],
    [{ 'data.tags': ['vip', 'new'] }, false],
    [{ 'data.tags': { $contains: 'vip' } }, true],
    [{ 'data.tags': { $contains: 'vi' } }, false],
    [{ 'data.tags': 'vip' }, false],
    [{ 'data.items.0.sku': 'A1' }, true],
    [{ 'data.items.2.sku': { $exist: false } }, true],
    [{ 'data.items.00.sku': { $exist: false } }, true],
    [{ 'data.items': { $contains: { sku: 'B2' } } }, true],
    [{ 'data.items': { $contains: { count: 2, sku: 'A1' } } }, true],
    [{ 'data.address': { $eq: { zip: '9000', city: 'Ghent' } } }, true],
    [{ 'data.address': { $in: [{ zip: '9000', city: 'Ghent' }] } }, true],
    [{ 'data.address.constructor': { $exist: false } }, true],
    [{ 'data.currency.length': { $exist: false } }, true],
    [{ 'data.odd\\.key': 'x' }, true],
    [{ 'data.currency': { $startsWith: 'E', $endsWith: 'R', $contains: 'U' } }, true],
    [{ 'data.amount': { $startsWith: '1' } }, false],
    [{ subject: { $glob: 'orders/*' } }, true],
    [{ subject: { $regex: '^orders/[0-9]+$' } }, true],
    [{ subject: { $regex: 'ders' } }, true],
    [{ subject: { $regex: '^ders' } }, false],
    [{ region: 'eu' }, true],
    [{ region: 'us' }, false],
    [{ absent: { $exist: false } }, true],
    [{ type: 'order.created', source: '/shop' }, true],
    [{ $or: [{ 'data.amount': 1 }, { 'data.paid': false }] }, true],
    [{ $or: [{ 'data.amount': 1 }, { 'data.paid': true }] }, false],
    [{ $and: [{ 'data.amount': 120 }, { 'data.paid': true }] }, false],
    [{ $not: { 'data.paid': true } }, true],
    [{ $not: { 'data.absent': { $gt: 1 } } }, true],
    [{ 'data.amount': { $not: { $gt: 500 } } }, true],
    [{ 'data.amount': { $not: 120 } }, false],
    [{ 'data.amount': { $or: [{ $lt: 10 }, { $gt: 100 }] } }, true],
    [{ 'data.currency': { $and: [{ $startsWith: 'E' }, { $endsWith: 'X' }] } }, false],
    [{ 'data.amount': { $or: [1, 120] } }, true],
    [{ data: { $contains: 'x' } }, false],
  ])('%j holds: %s', (filter, expected) => {
    expect(holds(filter)).toBe(expected);
  });

  it('sees no data in a payload that is not JSON', () => {
    const broken = matchableEvent(attributes, Buffer.from('{'));
    const xml = matchableEvent({ ...attributes, datacontenttype: 'application/xml' }, Buffer.from('{"a":1}'));
    for (const one of [broken, xml]) expect(holds({ data: { $exist: false } }, one)).toBe(true);
    const suffixed = matchableEvent({ ...attributes, datacontenttype: 'application/vnd.shop+json; charset=utf-8' }, Buffer.from('{"a":1}'));
    expect(holds({ 'data.a': 1 }, suffixed)).toBe(true);
  });

  it('parses the payload once, and only when it is asked for', () => {
    const payload = Buffer.from('{"a":1}');
    const read = matchableEvent(attributes, payload);
    holds({ type: 'order.created' }, read);
    payload.write('{"a":2}');
    expect(holds({ 'data.a': 2 }, read)).toBe(true);
    payload.write('{"a":3}');
    expect(holds({ 'data.a': 2 }, read)).toBe(true);
  });

  it('says which condition did not hold, and what it met', () => {
    expect(reason(requireFilter({ 'data.amount': { $gt: 500 }, type: 'order.created' }))).toEqual({
      code: 'filter_not_matched',
      condition: 'data.amount $gt 500',
      actual: 120,
      message: '`data.amount` is 120, asked is $gt 500.',
    });
    expect(reason(requireFilter({ 'data.absent': 'x' }))).toEqual({
      code: 'filter_not_matched',
      condition: 'data.absent $eq "x"',
      message: '`data.absent` is missing, asked is $eq "x".',
    });
    expect(reason(requireFilter({ $not: { 'data.paid': false } }))).toEqual({
      code: 'filter_not_matched',
      condition: '$not (data.paid $eq false)',
      actual: false,
      message: '`data.paid $eq false` holds and must not.',
    });
    expect(reason(requireFilter({ $or: [{ 'data.paid': true }, { 'data.amount': 1 }] }))).toMatchObject({
      condition: '$or (data.amount $eq 1, data.paid $eq true)',
      message: 'None of 2 alternatives holds; of the first: `data.amount` is 120, asked is $eq 1.',
    });
  });

  it('keeps its reasons small, however large the values are', () => {
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    const wide = Array.from({ length: 100_000 }, (_, at) => `value ${at}`);
    const long = 'x'.repeat(1_000_000);
    const asked = requireFilter({ 'data.v': { $in: Array.from({ length: 900 }, (_, at) => `wanted ${at}`) } });
    for (const value of [deep, ...[wide, long, { [long]: long }].map((large) => JSON.stringify(large))]) {
      const small = reason(asked, matchableEvent(attributes, Buffer.from(`{"v":${value}}`)));
      expect(JSON.stringify(small).length).toBeLessThan(2_000);
    }
  });

  it('stays fast on a regular expression made to blow up', () => {
    const hostile = requireFilter({ 'data.v': { $regex: '^(([a-z]+)+)+[0-9]$' } });
    const began = performance.now();
    expect(hostile.holds(event({ v: 'a'.repeat(4_000) }))).toBe(false);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('says so when a text is too long to be tried', () => {
    expect(reason(requireFilter({ 'data.v': { $regex: 'a' } }), event({ v: 'a'.repeat(4_097) })).message).toMatch(/more than 4096 characters/);
  });
});

describe('the key of a filter', () => {
  const key = (filter: unknown) => requireFilter(filter).key;

  it('is the same whatever the order of keys and conditions, and however a literal is written', () => {
    expect(key({ type: 'a', 'data.b': { $gt: 1, $lt: 3 } })).toBe(key({ 'data.b': { $lt: 3, $gt: 1 }, type: { $eq: 'a' } }));
    expect(key({ $or: [{ type: 'a' }, { type: 'b' }] })).toBe(key({ $or: [{ type: 'b' }, { type: 'a' }] }));
    expect(key({ 'data.o': { $eq: { a: 1, b: 2 } } })).toBe(key({ 'data.o': { $eq: { b: 2, a: 1 } } }));
    expect(key({ $and: [{ type: 'a' }] })).toBe(key({ type: 'a' }));
  });

  it('differs when the filter says something else', () => {
    const different = [{}, { type: 'a' }, { source: 'a' }, { type: { $ne: 'a' } }, { $not: { type: 'a' } }, { 'data.a': 1 }, { 'data.a': '1' }, { 'data.a': [1] }];
    expect(new Set(different.map(key)).size).toBe(different.length);
  });
});

describe('what is wrong with a filter', () => {
  it('is listed all at once, each with its field', () => {
    const bad = {
      'data..x': 1,
      'type.x': 'a',
      'data.a': { $gt: true, $like: 'x' },
      'data.b': { inner: 1 },
      'data.c': {},
      $or: [{ 'data.d': { $regex: '(' } }, 5, { 'data.e': { $in: [] } }],
      $xor: [],
      $and: [],
    };
    expect(problems(bad, 'webhook.filter')).toEqual([
      ['webhook.filter.data..x', 'invalid_path'],
      ['webhook.filter.type.x', 'invalid_path'],
      ['webhook.filter.data.a.$gt', 'invalid_operand'],
      ['webhook.filter.data.a.$like', 'unknown_operator'],
      ['webhook.filter.data.b.inner', 'unknown_operator'],
      ['webhook.filter.data.c', 'invalid_filter'],
      ['webhook.filter.$or[0].data.d.$regex', 'invalid_operand'],
      ['webhook.filter.$or[1]', 'invalid_filter'],
      ['webhook.filter.$or[2].data.e.$in', 'invalid_operand'],
      ['webhook.filter.$xor', 'unknown_operator'],
      ['webhook.filter.$and', 'invalid_filter'],
    ]);
  });

  it.each<[string, unknown]>([
    ['is no object', [1]],
    ['is null', null],
    ['names an operator of every object', { 'data.a': { constructor: 1 } }],
    ['tests for existence with a number', { 'data.a': { $exist: 1 } }],
    ['begins with an empty text', { 'data.a': { $startsWith: '' } }],
    ['has a long path', { [`data.${'a'.repeat(300)}`]: 1 }],
    ['has a path of many parts', { [`data${'.a'.repeat(30)}`]: 1 }],
    ['has a long regular expression', { 'data.a': { $regex: 'a'.repeat(257) } }],
    ['has a regular expression that is large once compiled', { 'data.a': { $regex: '(a{50}){50}' } }],
    ['has a regular expression with look-ahead', { 'data.a': { $regex: '(?=a)' } }],
    ['has a long list', { 'data.a': { $in: Array.from({ length: 1_001 }, (_, at) => at) } }],
    ['has a deep value', { 'data.a': { $eq: JSON.parse('['.repeat(50_000) + ']'.repeat(50_000)) as unknown } }],
    ['is deep', Array.from({ length: 50_000 }).reduce<unknown>((inner) => ({ $not: inner }), { type: 'a' })],
    ['has many conditions', Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`data.f${at}`, at]))],
    ['is long as a whole', { 'data.a': { $in: Array.from({ length: 1_000 }, (_, at) => `${at}`.repeat(50)) } }],
  ])('is found when it %s', (_, filter) => {
    expect(problems(filter)).toHaveLength(1);
  });

  it('is thrown as one refusal by whoever requires a filter', () => {
    try {
      requireFilter({ 'data.a': { $like: 'x' }, 'b.c': 1 });
      throw new Error('it was accepted');
    } catch (error) {
      expect(isFault(error, 'invalid_request') && error.details.problems).toHaveLength(2);
    }
  });
});
