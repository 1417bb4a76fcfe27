/** For how long a member may believe that nobody else has its partitions, by a clock that is never set. */
export interface Lease {
  /** The coordinator answered, to what was sent then, that the member belongs to the group. */
  renew(sentAt: number): void;
  /** The group forms anew: whoever has not joined again in time loses all. Counts from the last time that all was well. */
  hurry(): void;
  /** It has joined again. */
  settle(): void;
  end(): void;
  isValid(): boolean;
  /** How long it is still good for; 0 when it has ended. */
  leftMs(): number;
}

/**
 * The coordinator counts the session from when a heartbeat reached it, the lease from when that was sent: so the lease always ends first,
 * also in a process that was stopped in between. (`performance.now` goes on while a process is stopped.)
 */
export function newLease(sessionMs: number, rebalanceMs: number, now: () => number = () => performance.now()): Lease {
  let renewedAt = -Infinity;
  let joinBy = Infinity;

  const leftMs = () => Math.max(Math.min(renewedAt + sessionMs, joinBy) - now(), 0);
  return {
    renew: (sentAt) => void (renewedAt = Math.max(renewedAt, sentAt)),
    hurry: () => void (joinBy = Math.min(joinBy, renewedAt + rebalanceMs)),
    settle: () => void (joinBy = Infinity),
    end() {
      renewedAt = -Infinity;
      joinBy = Infinity;
    },
    isValid: () => leftMs() > 0,
    leftMs,
  };
}
