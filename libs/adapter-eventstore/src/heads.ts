/**
 * Tells a first append from a repeat, which the server answers alike: with the position of the events. A new event lies behind every position
 * known when it was sent. Known are those that this process was ever told; of two processes that append the same events
 * at the same instant, both may hold theirs to be the first.
 */
export interface Heads {
  /** A position that exists. */
  saw(position: number): void;
  /** Before an append is sent. */
  begin(): { isRepeat(position: number): boolean; end(): void };
}

// Rather than look through them after every append.
const fewAnswered = 1_000;

export function heads(): Heads {
  let highest = -1;
  const underWay = new Set<{ readonly before: number }>();
  /** Answered while others were under way: one append sent twice at the same time is answered twice. */
  const answered = new Set<number>();
  let forgetBeyond = fewAnswered;

  function saw(position: number): void {
    if (position > highest) highest = position;
  }

  /** What lies before all that are under way is a repeat anyhow. */
  function forget(): void {
    if (answered.size <= forgetBeyond && underWay.size > 0) return;
    let oldest = highest;
    for (const { before } of underWay) oldest = Math.min(oldest, before);
    for (const position of answered) if (position <= oldest) answered.delete(position);
    forgetBeyond = Math.max(fewAnswered, answered.size * 2);
  }

  return {
    saw,
    begin() {
      const mark = { before: highest };
      underWay.add(mark);
      return {
        isRepeat(position) {
          const isRepeat = position <= mark.before || answered.has(position);
          answered.add(position);
          saw(position);
          return isRepeat;
        },
        end() {
          underWay.delete(mark);
          forget();
        },
      };
    },
  };
}
