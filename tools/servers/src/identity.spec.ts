import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { birthInStat, identify, isAlive, signal } from './identity.ts';

const idle = () => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });

describe('the identity of a process', () => {
  it('is alive while the process runs, and not after', async () => {
    const child = idle();
    const identity = identify(child.pid as number);
    expect(isAlive(identity)).toBe(true);
    expect(signal(identity, 'SIGKILL')).toBe(true);
    await once(child, 'exit');
    expect(isAlive(identity)).toBe(false);
    expect(signal(identity, 'SIGKILL')).toBe(false);
  });

  it('is not that of another process which was given the same number', () => {
    const child = idle();
    try {
      const stale = { pid: child.pid as number, birth: 'some other day' };
      expect(isAlive(stale)).toBe(false);
      expect(signal(stale, 'SIGKILL')).toBe(false);
      expect(isAlive(identify(child.pid as number))).toBe(true);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('is read past a command name with brackets and blanks in it, and a zombie has none', () => {
    const stat = (state: string) => `17 (a) b (c)) ${state} ${Array.from({ length: 20 }, (_, at) => at + 4).join(' ')}`;
    expect(birthInStat(stat('S'), 'boot')).toBe('boot/22');
    expect(birthInStat(stat('Z'), 'boot')).toBeUndefined();
  });

  it('cannot be asked of a process that is not there', () => {
    expect(() => identify(2 ** 22 + 1)).toThrow('there is no process');
  });
});
