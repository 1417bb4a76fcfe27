import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process for good: numbers are given out again, a number with its moment of birth is not. */
export type Identity = { readonly pid: number; readonly birth: string };

/** Throws when there is no such process. */
export function identify(pid: number): Identity {
  const birth = birthOf(pid);
  if (birth === undefined) throw new Error(`there is no process ${pid}`);
  return { pid, birth };
}

/** Whether that very process runs, not merely one that has its number now. */
export const isAlive = ({ pid, birth }: Identity): boolean => birthOf(pid) === birth;

/** Signals that very process; answers whether there was one. */
export function signal(identity: Identity, name: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function birthOf(pid: number): string | undefined {
  return process.platform === 'linux' ? birthOnLinux(pid) : birthByPs(pid);
}

function birthOnLinux(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return birthInStat(readFileSync(`/proc/${pid}/stat`, 'utf8'), boot);
  } catch {
    return undefined;
  }
}

/**
 * proc(5): the second field is the command in brackets and may hold anything, brackets too; the third is the state, the 22nd the start in ticks since boot.
 * A zombie has ended: nothing of it answers.
 */
export function birthInStat(stat: string, boot: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${boot}/${fields[19]}`;
}

function birthByPs(pid: number): string | undefined {
  const { status, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}
