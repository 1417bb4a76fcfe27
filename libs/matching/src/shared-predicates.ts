import type { MatchableEvent, Predicate, Verdict } from './types.ts';

/** A predicate that many webhooks have in common, and its answer for the event in hand. */
export type SharedPredicate = {
  readonly predicate: Predicate;
  /** How many webhooks use it. */
  uses: number;
  /** The number of the event that `held` is the answer for. */
  askedFor: number;
  held: boolean;
};

export type SharedPredicates = {
  /** The one predicate of this key; counts a use. */
  take(predicate: Predicate): SharedPredicate;
  release(shared: SharedPredicate): void;
  /** Evaluated at most once per event number. A predicate that throws does not hold. */
  holds(shared: SharedPredicate, event: MatchableEvent, eventNumber: number): boolean;
  verdict(shared: SharedPredicate, event: MatchableEvent): Verdict;
};

export function sharedPredicates(onFailure: (key: string, error: unknown) => void): SharedPredicates {
  const byKey = new Map<string, SharedPredicate>();

  const ask = (predicate: Predicate, event: MatchableEvent): boolean => {
    try {
      return predicate.holds === undefined ? predicate.test(event).matched : predicate.holds(event);
    } catch (error) {
      onFailure(predicate.key, error);
      return false;
    }
  };

  return {
    take(predicate) {
      const shared = byKey.get(predicate.key) ?? { predicate, uses: 0, askedFor: -1, held: false };
      shared.uses += 1;
      byKey.set(predicate.key, shared);
      return shared;
    },
    release(shared) {
      shared.uses -= 1;
      if (shared.uses === 0) byKey.delete(shared.predicate.key);
    },
    holds(shared, event, eventNumber) {
      if (shared.askedFor !== eventNumber) {
        shared.held = ask(shared.predicate, event);
        shared.askedFor = eventNumber;
      }
      return shared.held;
    },
    verdict(shared, event) {
      try {
        return shared.predicate.test(event);
      } catch (error) {
        onFailure(shared.predicate.key, error);
        const message = `The condition could not be evaluated: ${error instanceof Error ? error.message : String(error)}`;
        return { matched: false, reason: { code: 'filter_not_matched', message } };
      }
    },
  };
}
