import { randomUUID } from 'node:crypto';
import { numberOf, positionOf, proposedEvents, recordedEvent } from './mapping.ts';

const position = { commit: 9_007_199_254_740_991n, prepare: 1n };
const event = { id: 'i', streamId: 'webhook-1', type: 'Created', data: { a: 1 }, metadata: { by: 'me' }, revision: 7n, position, created: new Date(1_234), isJson: true as const };

describe('an event of the server', () => {
  it('becomes an event of the port', () => {
    expect(recordedEvent({ event })).toEqual({ id: 'i', stream: 'webhook-1', type: 'Created', data: { a: 1 }, metadata: { by: 'me' }, revision: 7, position: 9_007_199_254_740_991, recordedAt: 1_234 });
  });

  it.each([undefined, 'text', [1], new Uint8Array(2)])('has metadata whatever was stored (%p)', (metadata) => {
    expect(recordedEvent({ event: { ...event, metadata } })?.metadata).toEqual({});
  });

  it('is none when it is the system\'s, or a link', () => {
    expect(recordedEvent({})).toBeUndefined();
    expect(recordedEvent({ event: { ...event, streamId: '$$webhook-1' } })).toBeUndefined();
    expect(recordedEvent({ event: { ...event, type: '$metadata' } })).toBeUndefined();
    expect(recordedEvent({ event, link: event as never })).toBeUndefined();
  });

  it('is refused when its position cannot be told exactly', () => {
    expect(() => recordedEvent({ event: { ...event, position: { commit: 9_007_199_254_740_992n, prepare: 1n } } })).toThrow(/2\^53/);
    expect(numberOf(0n)).toBe(0);
  });
});

describe('a place', () => {
  it('is told as the client wants it', () => {
    expect(positionOf(undefined)).toBe('start');
    expect(positionOf(-1)).toBe('start');
    expect(positionOf(0)).toEqual({ commit: 0n, prepare: 0n });
  });
});

describe('an event to append', () => {
  const id = randomUUID();
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;

  it('goes out as JSON', () => {
    expect(proposedEvents([{ id, type: 'A', data: 'ß', metadata: { a: 1 } }])).toEqual([{ id, type: 'A', data: Buffer.from('"ß"'), metadata: Buffer.from('{"a":1}') }]);
    expect(proposedEvents([{ id, type: 'A', data: undefined }])).toEqual([{ id, type: 'A', data: Buffer.from('null') }]);
  });

  it.each([
    ['a BigInt', { data: { big: 1n } }, /data of event .* is not a JSON value: .*BigInt/],
    ['a cycle', { data: circle }, /data of event .* is not a JSON value: .*circular/i],
    ['a function', { data: () => 1 }, /data of event .* is not a JSON value: a function/],
    ['metadata with a BigInt', { data: 1, metadata: { big: 1n } }, /metadata of event .* is not a JSON value/],
    ['a type of the system', { data: 1, type: '$created' }, /must not begin with \$/],
    ['an id that is no UUID', { data: 1, id: 'one' }, /must be a UUID, not 'one'/],
  ])('is refused before anything is sent when it has %s', (_, fields, message) => {
    expect(() => proposedEvents([{ id, type: 'A', ...fields }])).toThrow(message);
  });
});
