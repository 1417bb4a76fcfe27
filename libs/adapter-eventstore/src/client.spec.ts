import { EventStoreDBClient } from '@eventstore/db-client';
import { systemClock } from '@hookyard/ports';
import { openClient } from './client.ts';

describe('the client of EventStoreDB', () => {
  // What client.ts replaces is no public interface: another version must be looked at before it is taken.
  it('has the parts that are replaced', () => {
    const client = EventStoreDBClient.connectionString('esdb://localhost:2113?tls=false');
    expect(['supports', 'handleError', 'createChannel'].map((part) => typeof client[part as 'supports'])).toEqual(['function', 'function', 'function']);
  });

  it('opens nothing before it is used, and may be retired then', () => {
    openClient('esdb://localhost:1?tls=false', systemClock).retire(0);
  });
});
