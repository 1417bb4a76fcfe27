import { oneEachTurn } from './turns.ts';

describe('turns', () => {
  it('run one piece of work in each turn of the event loop, in order', async () => {
    const turns = oneEachTurn();
    const ran: string[] = [];
    const other = (left: number): void => {
      ran.push('other');
      if (left > 1) setImmediate(other, left - 1);
    };
    setImmediate(other, 3);
    await Promise.all(['a', 'b', 'c'].map((name) => turns(() => void ran.push(name))));
    expect(ran.filter((name) => name !== 'other')).toEqual(['a', 'b', 'c']);
    expect(ran.join(' ')).toMatch(/a other.* b other.* c|a other.* b/);
  });

  it('go on after one has failed, and tell whose it was', async () => {
    const turns = oneEachTurn();
    const failed = turns(() => {
      throw new Error('unreadable');
    });
    const after = turns(() => 'read');
    await expect(failed).rejects.toThrow('unreadable');
    await expect(after).resolves.toBe('read');
  });
});
