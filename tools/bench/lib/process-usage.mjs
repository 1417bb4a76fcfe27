import { readFileSync } from 'node:fs';

// USER_HZ: what /proc counts processor time in, the same on every Linux.
const ticksPerSecond = 100;

/** Processor seconds of a process, all of its threads, and bytes it had written to disk; undefined where there is no /proc. */
export function usageOf(pid) {
  try {
    // The name, in parentheses, may hold anything; utime and stime are fields 14 and 15.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
    const written = /^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'));
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond, bytesWritten: Number(written?.[1] ?? 0) };
  } catch {
    return undefined;
  }
}

/** The sums over the processes of each name: `{ matcher: { cpuSeconds, bytesWritten } }`. */
export function usageByName(processes) {
  const sums = {};
  for (const { name, pid } of processes) {
    const usage = usageOf(pid);
    if (usage === undefined) continue;
    const sum = (sums[name] ??= { cpuSeconds: 0, bytesWritten: 0 });
    sum.cpuSeconds += usage.cpuSeconds;
    sum.bytesWritten += usage.bytesWritten;
  }
  return sums;
}

/** What each name used between two readings, divided by `count`: µs of processor time and bytes written. */
export function usedEach(before, after, count) {
  return Object.fromEntries(
    Object.entries(after).map(([name, { cpuSeconds, bytesWritten }]) => [
      name,
      {
        cpuMicroseconds: ((cpuSeconds - (before[name]?.cpuSeconds ?? 0)) / count) * 1_000_000,
        bytesWritten: (bytesWritten - (before[name]?.bytesWritten ?? 0)) / count,
      },
    ]),
  );
}
