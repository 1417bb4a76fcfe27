import { arrayElements, nestingDepth, objectMembers } from './json-slices.ts';

const membersOf = (text: string) => {
  const json = Buffer.from(text);
  return objectMembers(json).map(({ name, value }) => [name, json.toString('utf8', value.start, value.end)]);
};
const elementsOf = (text: string) => {
  const json = Buffer.from(text);
  return arrayElements(json).map(({ start, end }) => json.toString('utf8', start, end));
};

describe('the members of an object', () => {
  it('are found with their values exactly as written', () => {
    expect(membersOf('{"a":1.50,"data": { "x" : [ 1,2 ] } ,"b":"y"}')).toEqual([
      ['a', '1.50'],
      ['data', '{ "x" : [ 1,2 ] }'],
      ['b', '"y"'],
    ]);
  });

  it('are none in an empty object, whatever space it holds', () => {
    expect(membersOf('{}')).toEqual([]);
    expect(membersOf(' \r\n\t{ \n } ')).toEqual([]);
  });

  it.each(['0', '-1.5e+10', 'true', 'false', 'null', '""', '"\\""', '[]', '{}', '[[[]]]', '{"data":{"data":1}}'])('keep the value %s', (value) => {
    expect(membersOf(`{"data":${value}}`)).toEqual([['data', value]]);
    expect(membersOf(`{"x":0 , "data" :\n${value}\t, "y":1 }`)[1]).toEqual(['data', value]);
  });

  it('are not misled by brackets, quotes and backslashes inside strings', () => {
    const tricky = String.raw`"}],{[\" \\\" \\\\"`;
    expect(membersOf(`{"data":{"s":${tricky},"t":"\\\\"},"after":1}`)).toEqual([
      ['data', `{"s":${tricky},"t":"\\\\"}`],
      ['after', '1'],
    ]);
  });

  it('have their names decoded, so that an escaped name is the same name', () => {
    expect(membersOf(String.raw`{"d\u0061ta":1,"\"":2,"\\":3}`)).toEqual([
      ['data', '1'],
      ['"', '2'],
      ['\\', '3'],
    ]);
  });

  it('appear as often as they are written', () => {
    expect(membersOf('{"data":1,"data":2}')).toEqual([
      ['data', '1'],
      ['data', '2'],
    ]);
  });

  it('keep text beyond ASCII byte for byte, written out or escaped', () => {
    const value = String.raw`{"é":"日本 😀","e":"\ud83d\ude00\u00e9"}`;
    expect(membersOf(`{"ключ":0,"data":${value}}`)).toEqual([
      ['ключ', '0'],
      ['data', value],
    ]);
  });

  it('can be read from an object in the middle of a text', () => {
    const json = Buffer.from('[{"a":1},{"b":2}]');
    expect(objectMembers(json, 9).map(({ name }) => name)).toEqual(['b']);
  });
});

describe('the elements of an array', () => {
  it('are found exactly as written', () => {
    expect(elementsOf(' [ {"a":[1,2]} ,\n"x,]" , 3,null ] ')).toEqual(['{"a":[1,2]}', '"x,]"', '3', 'null']);
  });

  it('are none in an empty array', () => {
    expect(elementsOf('[]')).toEqual([]);
    expect(elementsOf('[ \n ]')).toEqual([]);
  });
});

describe('slices of generated values', () => {
  // Park and Miller's minimal standard generator: the same values on every run.
  const random = ((seed: number) => () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647)(7);
  const scalars = ['"', '\\', '{', '}', '[', ']', ',', ':', 'a', 'é', '😀', '\u2028', '\u0000', ' ', '\n'];
  const someText = () => Array.from({ length: Math.floor(random() * 8) }, () => scalars[Math.floor(random() * scalars.length)]).join('');
  const someValue = (depth: number): unknown => {
    const die = random();
    if (depth > 3 || die < 0.4) return someText();
    if (die < 0.5) return random() * 1e6 - 5e5;
    if (die < 0.6) return die < 0.55 ? null : die < 0.575;
    const places = Array.from({ length: Math.floor(random() * 4) }, () => someValue(depth + 1));
    return die < 0.8 ? places : Object.fromEntries(places.map((value, n) => [`${n}${someText()}`, value]));
  };

  it('are the values themselves, in any layout', () => {
    for (let run = 0; run < 500; run += 1) {
      const members = [someValue(0), someValue(0), someValue(0)];
      const indent = run % 3;
      const json = Buffer.from(JSON.stringify({ a: members[0], data: members[1], z: members[2] }, null, indent));
      expect(objectMembers(json).map(({ value }) => JSON.parse(json.toString('utf8', value.start, value.end)) as unknown)).toEqual(members);
      const list = Buffer.from(JSON.stringify(members, null, indent));
      expect(arrayElements(list).map(({ start, end }) => JSON.parse(list.toString('utf8', start, end)) as unknown)).toEqual(members);
    }
  });
});

describe('the nesting depth of a value', () => {
  it.each([
    ['1', 0],
    ['"[[["', 0],
    ['[]', 1],
    ['[{"a":[]},[]]', 3],
  ])('of %s is %i', (text, depth) => {
    const json = Buffer.from(text);
    expect(nestingDepth(json, { start: 0, end: json.length })).toBe(depth);
  });
});
