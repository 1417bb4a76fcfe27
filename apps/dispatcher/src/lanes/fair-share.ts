import { Fifo } from '../fifo.ts';
import type { Pace } from './pace.ts';

/** Whoever asks for slots; one entry in line at a time. */
export type Sharer = { readonly pace: Pace; isInLine: boolean };

/**
 * Shares a number of slots among those that have work: one slot each, in turn. Sluggish ones together get at most half,
 * so that however many dead endpoints there are, the others find slots.
 */
export class FairShare<Member extends Sharer> {
  private readonly brisk = new Fifo<Member>();
  private readonly sluggish = new Fifo<Member>();
  private used = 0;
  private usedBySluggish = 0;
  private isTurnOfSluggish = false;

  constructor(private readonly slots: number) {}

  /** Slots taken. */
  get taken(): number {
    return this.used;
  }

  /** Takes a place in line, once. */
  line(member: Member): void {
    if (member.isInLine) return;
    member.isInLine = true;
    (member.pace.isSluggish ? this.sluggish : this.brisk).push(member);
  }

  /** Whose turn it is; undefined when no slot is free or nobody may have it. Takes no slot yet. */
  next(): Member | undefined {
    while (this.used < this.slots) {
      const maySluggish = this.usedBySluggish < Math.max(1, Math.floor(this.slots / 2));
      const fromSluggish = maySluggish && this.sluggish.length > 0 && (this.isTurnOfSluggish || this.brisk.length === 0);
      const member = (fromSluggish ? this.sluggish : this.brisk).shift();
      if (member === undefined) return undefined;
      this.isTurnOfSluggish = !fromSluggish;
      if (member.pace.isSluggish && !maySluggish) {
        this.sluggish.push(member);
        continue;
      }
      member.isInLine = false;
      return member;
    }
    return undefined;
  }

  /** Takes a slot for the member, and answers what gives it back. */
  take(member: Member): () => void {
    const bySluggish = member.pace.isSluggish ? 1 : 0;
    this.used += 1;
    this.usedBySluggish += bySluggish;
    return () => {
      this.used -= 1;
      this.usedBySluggish -= bySluggish;
    };
  }
}
