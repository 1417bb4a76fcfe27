import { isFault } from '@hookyard/event-schemas';
import { readJsonBody } from './json-body.ts';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

function refusalOf(body: string | Buffer): string {
  try {
    readJsonBody(Buffer.from(body));
  } catch (error) {
    if (isFault(error, 'invalid_request')) return error.details.problems?.[0]?.code ?? '';
    throw error;
  }
  return 'none';
}

describe('a JSON body', () => {
  it('is its value, whatever JSON holds', () => {
    const value = { 'a\u0000b': ['\ud83d\ude00', null, 1e300, { constructor: 'x' }], proto: '__proto__' };
    expect(readJsonBody(Buffer.from(JSON.stringify(value)))).toEqual(value);
  });

  it.each<[string, string | Buffer, string]>([
    ['is no JSON', '{"a":', 'invalid_json'],
    ['is empty', '', 'invalid_json'],
    ['is no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'invalid_utf8'],
    ['holds half a character in a text', '{"a":["\\ud800"]}', 'invalid_characters'],
    ['holds half a character in a name', '{"\\uDC00":1}', 'invalid_characters'],
    ['names a prototype', '{"a":[{"__proto__":{}}]}', 'not_allowed'],
    ['names a prototype by an escape', '{"\\u005f_proto__":1}', 'not_allowed'],
    ['is nested too deep', nested(130), 'too_deep'],
    ['is nested beyond all measure', nested(400_000), 'too_deep'],
  ])('is refused when it %s', (_, body, code) => {
    expect(refusalOf(body)).toBe(code);
  });

  it('may be nested as deep as any request', () => {
    expect(refusalOf(nested(128))).toBe('none');
  });
});
