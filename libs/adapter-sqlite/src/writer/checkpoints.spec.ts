import type { Database, Statement } from '../driver.ts';
import { checkpoints } from './checkpoints.ts';

const mib = 1024 * 1024;

/** Doubled: the database, which only counts checkpoints, or has no room for them. */
function database(answer: () => readonly number[]): Database & { readonly asked: () => number } {
  let asked = 0;
  const statement: Statement = {
    run: () => ({ changes: 0 }),
    get() {
      asked += 1;
      return answer();
    },
    all: () => [],
    iterate: () => [].values(),
  };
  return { exec: () => {}, prepare: () => statement, isInTransaction: () => false, close: () => {}, asked: () => asked };
}

describe('checkpoints', () => {
  it('come once enough has been written, and in the end', () => {
    const db = database(() => [0, 10, 10]);
    const { committed, finish } = checkpoints(db);
    committed(5 * mib);
    expect(db.asked()).toBe(0);
    committed(5 * mib);
    expect(db.asked()).toBe(1);
    committed(1);
    expect(db.asked()).toBe(1);
    finish();
    expect(db.asked()).toBe(2);
  });

  it('are tried again when a reader kept one from moving everything', () => {
    const db = database(() => [0, 10, 4]);
    const { committed, finish } = checkpoints(db);
    committed(9 * mib);
    committed(1);
    expect(db.asked()).toBe(2);
    finish();
  });

  it('end nothing when the disk is full', () => {
    const db = database(() => {
      throw new Error('database or disk is full');
    });
    const { committed, finish } = checkpoints(db);
    expect(() => committed(9 * mib)).not.toThrow();
    expect(finish).not.toThrow();
  });
});
