import { expect } from '@jest/globals';
import { isFault, type FaultCode } from '@hookyard/event-schemas';
import type { Decider } from './decider.ts';
import { newestWrites, type Projection } from './projection.ts';

/**
 * Rules as sentences: `given(...facts).when(command).then(...facts)`.
 * Real: the decider. Doubled: nothing. May be asserted: the facts decided, the refusal, the state they lead to.
 */
export function deciderSpec<State, Command, Event>(decider: Decider<State, Command, Event>) {
  const fold = (facts: readonly Event[]): State => facts.reduce<State>(decider.evolve, decider.initialState);
  return {
    given: (...history: readonly Event[]) => ({
      when(command: Command) {
        const decide = (): readonly Event[] => decider.decide(command, fold(history));
        return {
          then: (...facts: readonly Event[]): void => expect(decide()).toEqual(facts),
          thenNothing: (): void => expect(decide()).toEqual([]),
          thenState: (state: State): void => expect(fold([...history, ...decide()])).toEqual(state),
          thenRefused(code: FaultCode, details: Readonly<Record<string, unknown>> = {}): void {
            const refusal = thrownBy(decide);
            expect(isFault(refusal) ? refusal.code : refusal).toBe(code);
            expect(refusal).toMatchObject({ details });
          },
        };
      },
    }),
  };
}

/**
 * What documents messages lead to: `given(...messages).then(id, document)`.
 * Real: the projection. Doubled: the collection, by the port's rule alone (a write counts when its revision is greater).
 */
export function projectionSpec<Input, Document>(project: Projection<Input, Document>) {
  return {
    given: (...inputs: readonly Input[]) => ({
      then: (id: string, document: Document | null): void => expect(stored(project, inputs).get(id)?.document ?? null).toEqual(document),
      thenTwiceChangesNothing: (): void => expect(stored(project, [...inputs, ...inputs])).toEqual(stored(project, inputs)),
      /** Every order of up to five messages. */
      thenInAnyOrder(): void {
        for (const order of ordersOf(inputs.slice(0, 5))) expect(stored(project, order)).toEqual(stored(project, inputs.slice(0, 5)));
      },
    }),
  };
}

function stored<Input, Document>(project: Projection<Input, Document>, inputs: readonly Input[]) {
  return new Map(newestWrites(inputs.flatMap(project)).map((write) => [write.id, write]));
}

function ordersOf<T>(things: readonly T[]): readonly (readonly T[])[] {
  if (things.length <= 1) return [things];
  return things.flatMap((first, index) => ordersOf(things.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return null;
}
