import { Settled } from './settled.ts';

const from = (deliveries: number, attempts: number): Settled => new Settled({ deliveries, attempts });

describe('settled positions', () => {
  it('stand where they stood while nothing was read', () => {
    expect(from(7, 3).positions()).toEqual({ deliveries: 7, attempts: 3 });
  });

  it('move past a message when all its deliveries are settled, and past those behind it', () => {
    const settled = from(0, 0);
    const first = settled.begin(0, 2, 0);
    const second = settled.begin(1, 1, 0);
    settled.settle(second);
    settled.settle(first);
    expect(settled.positions().deliveries).toBe(0);
    settled.settle(first);
    expect(settled.positions().deliveries).toBe(2);
  });

  it('pass over a message without deliveries, and over offsets that were never given', () => {
    const settled = from(0, 0);
    settled.begin(4, 0, 0);
    const open = settled.begin(9, 1, 0);
    expect(settled.positions().deliveries).toBe(9);
    settled.settle(open);
    expect(settled.positions().deliveries).toBe(10);
  });

  it('wait in attempts for an outcome that the due queue does not show yet', () => {
    const settled = from(5, 0);
    const retried = settled.recorded(0, 2, false);
    settled.recorded(1, 3, true);
    expect(settled.positions().attempts).toBe(0);
    settled.reflect(retried);
    expect(settled.positions().attempts).toBe(2);
  });

  it('wait in attempts for an outcome whose delivery will be read again', () => {
    const settled = from(0, 0);
    const slow = settled.begin(0, 1, 0);
    const quick = settled.begin(1, 1, 0);
    settled.settle(quick);
    settled.recorded(0, 1, true);
    expect(settled.positions()).toEqual({ deliveries: 0, attempts: 0 });
    settled.settle(slow);
    settled.recorded(1, 0, true);
    expect(settled.positions()).toEqual({ deliveries: 2, attempts: 2 });
  });

  it('know the oldest message that is open, and how many it holds back', () => {
    const settled = from(0, 0);
    const first = settled.begin(0, 1, 100);
    settled.begin(1, 1, 200);
    expect(settled.oldest()).toMatchObject({ offset: 0, since: 100 });
    expect(settled.window).toBe(2);
    settled.settle(first);
    expect(settled.oldest()).toMatchObject({ offset: 1, since: 200 });
    expect(settled.window).toBe(1);
  });
});
