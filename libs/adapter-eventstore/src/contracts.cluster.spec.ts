import { eventStoreContract, type Opened } from '@hookyard/ports/testing';
import type { EventStore } from '@hookyard/ports';
import { openForTests } from './open.ts';
import { connectionString } from './cluster-harness.ts';

/** Real: the server named in the environment. A crash is the client let go of in the middle of whatever it does. */
async function opening(): Promise<Opened<EventStore>> {
  const { store, abandon } = await openForTests({ connectionString: connectionString() });
  return {
    port: store,
    reopen() {
      abandon();
      return opening();
    },
    dispose: async () => {},
  };
}

describe('the event store on EventStoreDB', () => eventStoreContract(opening, { durable: true }));
