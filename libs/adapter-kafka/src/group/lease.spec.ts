import { newLease } from './lease.ts';

/** Doubled: the clock. */
function leaseAt(start: number) {
  const time = { now: start };
  return { time, lease: newLease(10_000, 30_000, () => time.now) };
}

describe('a lease', () => {
  it('is not there before the coordinator has confirmed the membership', () => {
    const { lease } = leaseAt(1_000);
    expect([lease.isValid(), lease.leftMs()]).toEqual([false, 0]);
  });

  it('lasts for the session, counted from the sending of what was confirmed, however late the answer is read', () => {
    const { time, lease } = leaseAt(1_000);
    time.now = 8_000;
    lease.renew(1_000);
    expect([lease.isValid(), lease.leftMs()]).toEqual([true, 3_000]);
    time.now = 11_000;
    expect([lease.isValid(), lease.leftMs()]).toEqual([false, 0]);
  });

  it('has ended for a process that slept, at the first look', () => {
    const { time, lease } = leaseAt(0);
    lease.renew(0);
    time.now = 600_000;
    expect(lease.isValid()).toBe(false);
    lease.renew(5_000);
    expect(lease.isValid()).toBe(false);
  });

  it('is not shortened by an answer that was overtaken', () => {
    const { time, lease } = leaseAt(0);
    lease.renew(5_000);
    lease.renew(1_000);
    time.now = 14_000;
    expect(lease.isValid()).toBe(true);
  });

  it('ends when the group forms anew and the member does not join again in time, although it goes on telling that it lives', () => {
    const { time, lease } = leaseAt(0);
    lease.renew(0);
    lease.hurry();
    for (time.now = 1_000; time.now <= 29_000; time.now += 1_000) {
      lease.renew(time.now);
      lease.hurry();
      expect(lease.isValid()).toBe(true);
    }
    lease.renew(time.now);
    expect(lease.isValid()).toBe(false);
    lease.settle();
    expect(lease.isValid()).toBe(true);
  });

  it('ends at once when the membership does', () => {
    const { lease } = leaseAt(100);
    lease.renew(100);
    lease.end();
    expect(lease.isValid()).toBe(false);
  });
});
