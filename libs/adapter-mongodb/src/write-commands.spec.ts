import { MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb';
import { waves } from './conditional-upserts.ts';
import { isPassing, NoAnswer } from './passing-errors.ts';
import { inCommands, requireDurable } from './write-commands.ts';

describe('writes', () => {
  it('are cut into commands of a thousand and of 8 MiB, in order; a larger one goes alone', () => {
    const many = Array.from({ length: 2_500 }, (_, at) => at);
    expect([...inCommands(many)].map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
    expect([...inCommands(many)].flat()).toEqual(many);
    const mib = (count: number) => count * 1024 * 1024;
    expect([...inCommands([5, 3, 1, 12, 1, 7], mib)]).toEqual([[5, 3], [1], [12], [1, 7]]);
    expect([...inCommands([])]).toEqual([]);
  });

  it('of one id go out one after the other, in the order given', () => {
    const writes = ['a1', 'b1', 'a2', 'c1', 'a3', 'b2'].map((name) => ({ id: name.slice(0, 1), name }));
    expect(waves(writes).map((wave) => wave.map(({ name }) => name))).toEqual([['a1', 'b1', 'c1'], ['a2', 'b2'], ['a3']]);
    expect(waves([])).toEqual([]);
  });

  it('that a majority does not have yet are tried again', () => {
    const ask = () => requireDurable({ ok: 1, writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } });
    expect(ask).toThrow(MongoServerError);
    try {
      ask();
    } catch (error) {
      expect(isPassing(error)).toBe(true);
    }
    expect(() => requireDurable({ ok: 1 })).not.toThrow();
  });
});

describe('an error', () => {
  const ofServer = (code: number) => new MongoServerError({ message: 'x', code });

  it('passes when the server is away, changing or busy', () => {
    for (const error of [new NoAnswer('x'), new MongoNetworkError('x'), ofServer(10107), ofServer(189), ofServer(11600), ofServer(50)]) expect(isPassing(error)).toBe(true);
    expect(isPassing(Object.assign(Object.create(MongoServerSelectionError.prototype) as Error, { message: 'x' }))).toBe(true);
  });

  it('stays when it is a refusal or a mistake', () => {
    for (const error of [ofServer(13), ofServer(18), ofServer(2), new TypeError('x'), undefined]) expect(isPassing(error)).toBe(false);
  });
});
