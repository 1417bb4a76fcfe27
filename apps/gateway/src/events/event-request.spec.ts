import type { IncomingHttpHeaders } from 'node:http';
import { isFault } from '@hookyard/event-schemas';
import type { Fault, FieldProblem } from '@hookyard/event-schemas';
import { readEvents } from './event-request.ts';

const context = { project: 'shop', now: '2026-01-31T12:00:00.000Z', maxEventBytes: 1024, maxEvents: 1000 };
const minimal = { specversion: '1.0', id: 'e1', source: '/orders', type: 'order.created' };

const read = (headers: IncomingHttpHeaders, body: string | Buffer) => readEvents({ headers, body: Buffer.from(body) }, context);
const structured = (event: unknown) => read({ 'content-type': 'application/cloudevents+json' }, typeof event === 'string' ? event : JSON.stringify(event));
const batch = (events: unknown) => read({ 'content-type': 'application/cloudevents-batch+json; charset=utf-8' }, typeof events === 'string' ? events : JSON.stringify(events));
const binary = (headers: IncomingHttpHeaders, body: string | Buffer = '') =>
  read({ 'ce-specversion': '1.0', 'ce-id': 'e1', 'ce-source': '/orders', 'ce-type': 'order.created', ...headers }, body);

function refusal(task: () => unknown): Fault {
  try {
    task();
  } catch (error) {
    if (isFault(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
const problems = (task: () => unknown) => (refusal(task).details.problems as readonly FieldProblem[]).map(({ field, code }) => `${field} ${code}`);

describe('an event in structured mode', () => {
  it('has its attributes, the project of the path, and the present as its time when it names none', () => {
    const [event] = structured({ ...minimal, subject: 's', partitionkey: 'k', answer: 42, flag: true });
    expect(event?.attributes).toEqual({
      id: 'e1', source: '/orders', type: 'order.created', subject: 's', partitionkey: 'k', project: 'shop',
      time: context.now, extensions: { answer: '42', flag: 'true' },
    });
    expect(event?.data).toHaveLength(0);
  });

  it('keeps the payload byte for byte', () => {
    const payload = '{ "b" : 1.50, "a":"\\u00e9 é 😀", "__proto__":{"x":1e2} }';
    const [event] = structured(`{"data":${payload},"specversion":"1.0","id":"e1","source":"/o","type":"t"}`);
    expect(event?.data.toString('utf8')).toBe(payload);
    expect(event?.attributes.datacontenttype).toBe('application/json');
    expect(event?.value).toMatchObject({ b: 1.5 });
  });

  it.each(['null', '0', '""', 'false', '[]'])('keeps the payload %s', (payload) => {
    const [event] = structured(`{"specversion":"1.0","id":"e1","source":"/o","type":"t","data":${payload}}`);
    expect(event?.data.toString()).toBe(payload);
  });

  it('unwraps text of another content type, and decodes data_base64', () => {
    expect(structured({ ...minimal, datacontenttype: 'text/plain', data: 'é\n' })[0]?.data.toString()).toBe('é\n');
    const [blob] = structured({ ...minimal, datacontenttype: 'image/png', data_base64: 'AAEC/w==' });
    expect(blob?.data).toEqual(Buffer.from([0, 1, 2, 255]));
    expect(blob?.value).toBeUndefined();
  });

  it('treats null attributes as left out', () => {
    const [event] = structured({ ...minimal, subject: null, datacontenttype: null, myext: null, data: {} });
    expect(event?.attributes).toEqual({ id: 'e1', source: '/orders', type: 'order.created', datacontenttype: 'application/json', time: context.now, project: 'shop' });
  });

  it('is refused with every problem at once', () => {
    expect(problems(() => structured({ specversion: '0.3', id: '', source: 'not a uri', time: 'yesterday', dataschema: '/relative', Upper_Case: 'x', list: [], big: 2 ** 31 }))).toEqual([
      'specversion unsupported_version', 'type required', 'id empty', 'source invalid_format', 'time invalid_format',
      'dataschema invalid_format', 'Upper_Case invalid_name', 'list invalid_type', 'big invalid_type',
    ]);
  });

  it('is refused when it names another project, and accepted when it names its own', () => {
    expect(problems(() => structured({ ...minimal, project: 'other' }))).toEqual(['project wrong_project']);
    expect(structured({ ...minimal, project: 'shop' })[0]?.attributes.project).toBe('shop');
  });

  it('is refused when a member is written twice, also when one of them is escaped', () => {
    expect(problems(() => structured('{"specversion":"1.0","id":"e1","source":"/o","type":"t","data":1,"d\\u0061ta":2}'))).toEqual(['data duplicate_member']);
  });

  it('is refused when it is no JSON object in UTF-8', () => {
    expect(problems(() => structured('{"id":'))).toEqual([' invalid_json']);
    expect(problems(() => structured('[]'))).toEqual([' not_an_object']);
    expect(problems(() => read({ 'content-type': 'application/json' }, Buffer.from([0x22, 0xff, 0x22])))).toEqual([' invalid_utf8']);
  });

  it('is refused with two payloads, bad Base64, text where JSON is not declared, or control characters', () => {
    expect(problems(() => structured({ ...minimal, data: 1, data_base64: 'AA==' }))).toEqual(['data_base64 two_payloads']);
    expect(problems(() => structured({ ...minimal, data_base64: 'A===' }))).toEqual(['data_base64 invalid_base64']);
    expect(problems(() => structured({ ...minimal, datacontenttype: 'text/plain', data: { a: 1 } }))).toEqual(['data not_text']);
    expect(problems(() => structured({ ...minimal, subject: 'a\nb' }))).toEqual(['subject invalid_characters']);
    expect(problems(() => structured({ ...minimal, subject: '\ud800' }))).toEqual(['subject invalid_characters']);
  });

  it('is refused when its payload is too large or too deep', () => {
    const large = refusal(() => structured({ ...minimal, data: 'x'.repeat(1023) }));
    expect(large.code).toBe('payload_too_large');
    expect(structured({ ...minimal, data: 'x'.repeat(1022) })[0]?.data).toHaveLength(1024);
    expect(problems(() => structured(`{"specversion":"1.0","id":"e1","source":"/o","type":"t","data":${'['.repeat(257)}${']'.repeat(257)}}`))).toEqual(['data too_deep']);
  });
});

describe('a batch', () => {
  it('keeps each payload byte for byte, in order', () => {
    const events = ['{"n": 1}', '[ 2 ]', '"3]"'].map((data, n) => `{"specversion":"1.0","id":"e${n}","source":"/o","type":"t","data":${data}}`);
    expect(batch(`[${events.join(' ,\n')}]`).map(({ data }) => data.toString())).toEqual(['{"n": 1}', '[ 2 ]', '"3]"']);
  });

  it('may be empty', () => {
    expect(batch([])).toEqual([]);
  });

  it('says which event is bad and why', () => {
    const { type: _, ...nameless } = minimal;
    expect(problems(() => batch([minimal, nameless, 7, { ...minimal, time: '12:00' }]))).toEqual(['events[1].type required', 'events[2] not_an_object', 'events[3].time invalid_format']);
  });

  it('is refused as too large when one payload is', () => {
    const fault = refusal(() => batch([minimal, { ...minimal, data: 'x'.repeat(2000) }]));
    expect(fault.code).toBe('payload_too_large');
    expect(fault.details.problems?.map(({ field }) => field)).toEqual(['events[1].data']);
  });

  it('is refused with more than 1,000 events, or when it is no list', () => {
    expect(problems(() => batch(Array.from({ length: 1001 }, () => minimal)))).toEqual([' too_many_events']);
    expect(problems(() => batch(minimal))).toEqual([' not_a_list']);
  });
});

describe('an event in binary mode', () => {
  it('has its attributes from headers and its payload from the body', () => {
    const [event] = binary({ 'ce-subject': 'caf%C3%A9', 'ce-myext': '"quoted \\"x\\""', 'content-type': 'application/json; charset=utf-8' }, '{ "a":1 }');
    expect(event?.attributes).toMatchObject({ subject: 'café', datacontenttype: 'application/json; charset=utf-8', extensions: { myext: 'quoted "x"' } });
    expect(event?.data.toString()).toBe('{ "a":1 }');
  });

  it('takes any bytes of any other content type, or no body at all', () => {
    expect(binary({ 'content-type': 'application/octet-stream' }, Buffer.from([0, 255]))[0]?.data).toEqual(Buffer.from([0, 255]));
    expect(binary({})[0]?.attributes.datacontenttype).toBeUndefined();
  });

  it('is refused when what calls itself JSON is none, when text is badly encoded, and when the content type is misplaced', () => {
    expect(problems(() => binary({ 'content-type': 'application/vnd.x+json' }, '{'))).toEqual(['data invalid_json']);
    expect(problems(() => binary({ 'ce-subject': '%zz' }))).toEqual(['subject invalid_encoding']);
    expect(problems(() => binary({ 'ce-datacontenttype': 'text/plain' }))).toEqual(['datacontenttype misplaced']);
  });
});

describe('the mode of a request', () => {
  it('is structured for plain JSON without event headers, and binary with them', () => {
    expect(read({ 'content-type': 'application/json' }, JSON.stringify(minimal))[0]?.attributes.id).toBe('e1');
    expect(binary({ 'content-type': 'application/json' }, '{"id":"x"}')[0]?.data.toString()).toBe('{"id":"x"}');
  });

  it.each(['text/plain', 'application/cloudevents+avro', undefined])('is unknown for %s', (type) => {
    expect(() => read(type === undefined ? {} : { 'content-type': type }, '')).toThrow('is no event');
  });
});
