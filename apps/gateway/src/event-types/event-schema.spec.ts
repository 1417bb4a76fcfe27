import { eventSchema, schemaProblems } from './event-schema.ts';

const codes = (schema: Record<string, unknown>) => schemaProblems(schema).map(({ field, code }) => `${field} ${code}`);
const errors = (schema: Record<string, unknown>, payload: unknown, bytes = 10) =>
  eventSchema(schema).problems(payload, bytes).map(({ field, code }) => `${field} ${code}`);

const order = {
  type: 'object',
  required: ['id', 'items'],
  properties: {
    id: { type: 'string', pattern: '^o-[0-9]+$' },
    note: { type: 'string', pattern: '^[a-z ]*$' },
    at: { type: 'string', format: 'date-time' },
    items: { type: 'array', items: { $ref: '#/$defs/item' } },
  },
  $defs: { item: { type: 'object', properties: { price: { type: 'number', minimum: 0 } }, required: ['price'] } },
};

describe('a schema of events', () => {
  it('says each way in which a payload does not fit, with its place', () => {
    expect(errors(order, { id: 'o-1', note: 'a b', at: '2026-01-31T12:00:00Z', items: [{ price: 1 }] })).toEqual([]);
    expect(errors(order, { id: 'x', note: 'O-1', at: 'today', items: [{ price: 1 }, { price: -1 }, {}] })).toEqual([
      'data.id pattern', 'data.note pattern', 'data.at format', 'data.items[1].price minimum', 'data.items[2].price required',
    ]);
  });

  it('tells of one problem only in a large payload, and of no more than 50 in any', () => {
    const list = { type: 'array', items: { type: 'string' } };
    const wrong = Array.from({ length: 1000 }, () => 1);
    expect(errors(list, wrong, 1_000_000)).toEqual(['data[0] type']);
    expect(errors(list, wrong)).toHaveLength(50);
  });

  it('holds for payloads that are no objects, and for events without one', () => {
    expect(errors({ type: 'string' }, 'x')).toEqual([]);
    expect(errors({ type: 'object' }, undefined)).toEqual(['data type']);
  });

  it('can bear the same $id as another one', () => {
    const $id = 'https://example.com/order';
    expect(schemaProblems({ $id, type: 'object' })).toEqual([]);
    expect(errors({ $id, type: 'string' }, 1)).toEqual(['data type']);
    expect(errors({ $id, type: 'number' }, 1)).toEqual([]);
  });
});

describe('a schema is refused', () => {
  it('when it is none, with each wrong field', () => {
    expect(codes({ type: 'objekt', properties: [], required: 'id' })).toEqual(expect.arrayContaining(['schema.type enum', 'schema.properties type', 'schema.required type']));
  });

  it('when it is of another draft', () => {
    expect(codes({ $schema: 'http://json-schema.org/draft-07/schema#' })).toEqual(['schema.$schema unsupported']);
  });

  it('when a pattern needs an engine that can hang', () => {
    expect(schemaProblems({ type: 'string', pattern: '(?=a)b' })[0]?.reason).toContain('pattern "(?=a)b"');
  });

  it('when a reference leads outside, nowhere, or back to where it came from', () => {
    expect(codes({ $ref: 'https://example.com/x' })).toEqual(['schema.$ref unsupported']);
    expect(codes({ properties: { a: { $ref: '#/$defs/none' } } })).toEqual(['schema invalid_schema']);
    expect(codes({ properties: { child: { $ref: '#' } } })).toEqual(['schema recursive']);
    expect(codes({ $defs: { a: { items: { $ref: '#/$defs/b' } }, b: { items: { $ref: '#/$defs/a' } } } })).toEqual(['schema recursive']);
  });

  it('when it is too large, too deep, or means too much', () => {
    expect(codes({ description: 'x'.repeat(70_000) })).toEqual(['schema too_large']);
    let deep: Record<string, unknown> = { type: 'string' };
    for (let level = 0; level < 70; level += 1) deep = { not: deep };
    expect(codes(deep)).toEqual([expect.stringContaining('too_deep')]);
    const $defs: Record<string, unknown> = { d0: { type: 'string' } };
    for (let n = 1; n <= 20; n += 1) $defs[`d${n}`] = { anyOf: [{ $ref: `#/$defs/d${n - 1}` }, { $ref: `#/$defs/d${n - 1}` }] };
    expect(codes({ $ref: '#/$defs/d20', $defs })).toEqual(['schema too_complex']);
    expect(codes({ type: 'array', uniqueItems: true })).toEqual(['schema.uniqueItems unbounded']);
    expect(codes({ type: 'array', uniqueItems: true, maxItems: 10 })).toEqual([]);
  });
});
