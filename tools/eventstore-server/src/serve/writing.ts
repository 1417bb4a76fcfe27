import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../faults/faults.ts';
import type { Write, Written } from '../store/store.ts';
import type { Served } from './served.ts';

/** What became of a write under the faults that are set. */
export type WriteOutcome =
  | Written
  /** Never answer. */
  | { readonly outcome: 'silence' }
  /** The connection is gone. */
  | { readonly outcome: 'cut' }
  | { readonly outcome: 'busy' }
  | { readonly outcome: 'not_ready' }
  | { readonly outcome: 'not_leader'; readonly leader: Fault<'notLeader'> };

export async function writeUnderFaults({ store, faults, cut }: Served, write: Write, peer: string): Promise<WriteOutcome> {
  if (faults.take('silence', 'appends') !== undefined) return { outcome: 'silence' };
  if (faults.take('notReady', 'appends') !== undefined) return { outcome: 'not_ready' };
  if (faults.take('busy') !== undefined) return { outcome: 'busy' };
  const leader = faults.take('notLeader', 'appends');
  if (leader !== undefined) return { outcome: 'not_leader', leader };
  const dropReply = faults.take('dropReply');
  const delay = faults.take('delay', 'appends');
  const written = await store.write(write);
  if (delay !== undefined) await pause(delay.ms, undefined, { ref: false });
  if (dropReply === undefined) return written;
  cut(peer);
  return { outcome: 'cut' };
}
