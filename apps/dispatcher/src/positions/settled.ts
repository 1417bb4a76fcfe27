import { Fifo } from '../fifo.ts';

/** A message of `deliveries` in hand: `open` of its deliveries are not settled yet. */
export type Place = {
  readonly offset: number;
  /** When it was taken in. */
  readonly since: number;
  open: number;
};

/** An outcome published to `attempts`, of a delivery whose message stood at `deliveryOffset`. */
export type RecordPlace = { readonly offset: number; readonly deliveryOffset: number; isReflected: boolean };

/** The next offsets to read, in `deliveries` and in `attempts`. */
export type Positions = { readonly deliveries: number; readonly attempts: number };

/**
 * Which positions of one partition may be committed.
 *
 * `deliveries`: everything before it is settled, that is, its outcome is published (and a retry scheduled), or it is parked.
 * `attempts`: whoever reads on from there learns of every outcome that the due queue does not show yet, and of every outcome
 * of a delivery that will be read again because it stands behind the other position. So it may not pass such a record.
 */
export class Settled {
  private readonly places = new Fifo<Place>();
  private readonly records = new Fifo<RecordPlace>();
  private next: Positions;

  constructor(start: Positions) {
    this.next = start;
  }

  /** How many messages the oldest unsettled one holds back, itself included. */
  get window(): number {
    return this.places.length;
  }

  /** A message was read that holds `open` deliveries. Messages come in offset order. */
  begin(offset: number, open: number, since: number): Place {
    const place = { offset, open, since };
    this.next = { ...this.next, deliveries: offset + 1 };
    this.places.push(place);
    return place;
  }

  settle(place: Place): void {
    place.open -= 1;
  }

  /** An outcome was published. Records come in offset order. */
  recorded(offset: number, deliveryOffset: number, isReflected: boolean): RecordPlace {
    const record = { offset, deliveryOffset, isReflected };
    this.next = { ...this.next, attempts: offset + 1 };
    this.records.push(record);
    return record;
  }

  /** Everything before `offset` in `attempts` has been taken into account. */
  recordedUpTo(offset: number): void {
    this.next = { ...this.next, attempts: Math.max(this.next.attempts, offset) };
  }

  /** The due queue shows what the record says. */
  reflect(record: RecordPlace): void {
    record.isReflected = true;
  }

  /** The oldest message that is not settled. */
  oldest(): Place | undefined {
    while (this.places.first()?.open === 0) this.places.shift();
    return this.places.first();
  }

  /** What may be committed now; both together or neither. */
  positions(): Positions {
    const deliveries = this.oldest()?.offset ?? this.next.deliveries;
    for (let record = this.records.first(); record?.isReflected && record.deliveryOffset < deliveries; record = this.records.first()) {
      this.records.shift();
    }
    return { deliveries, attempts: this.records.first()?.offset ?? this.next.attempts };
  }
}
