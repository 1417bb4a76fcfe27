import { until } from './until.ts';

describe('until', () => {
  it('answers the first truthy answer, also after failures', async () => {
    let asked = 0;
    const answer = await until(() => {
      asked += 1;
      if (asked === 1) throw new Error('not yet');
      return asked === 3 ? 'there' : undefined;
    });
    expect(answer).toBe('there');
  });

  it('says what was still wrong when the time is over', async () => {
    const broken = new Error('no connection');
    await expect(until(() => Promise.reject(broken), { withinMs: 5 })).rejects.toMatchObject({ cause: broken });
    await expect(until(() => 0, { withinMs: 5 })).rejects.toThrow('last answer: 0');
  });
});
