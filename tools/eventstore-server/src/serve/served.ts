import type { Metadata } from '@grpc/grpc-js';
import type { Faults } from '../faults/faults.ts';
import type { Store } from '../store/store.ts';
import { failures, type Failure } from '../wire/failures.ts';
import type { Access } from './access.ts';

/** What the handlers of all calls share. */
export type Served = {
  readonly store: Store;
  readonly faults: Faults;
  readonly access: (metadata: Metadata) => Access;
  readonly maxAppendBytes: number;
  /** Cuts the connection that a call came over. */
  readonly cut: (peer: string) => void;
  readonly counters: Counters;
};

/** What runs now, for tests that wait for it. */
export type Counters = { subscriptions: number; batchStreams: number };

export function refusalOf(access: Access): Failure | undefined {
  if (access === 'granted') return undefined;
  return access === 'anonymous' ? failures.accessDenied() : failures.unauthenticated();
}
