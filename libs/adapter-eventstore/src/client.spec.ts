import { EventStoreDBClient } from '@eventstore/db-client';
import { systemClock } from '@hookyard/ports';
import { openClient } from './client.ts';

describe('the client of EventStoreDB', () => {
  // What client.ts and append-stream.ts reach for is no public interface: another version must be looked at before it is taken.
  it('has the parts that are replaced or used', () => {
    const client = EventStoreDBClient.connectionString('esdb://localhost:2113?tls=false');
    expect(['handleError', 'createChannel', 'GRPCStreamCreator', 'callArguments'].map((part) => typeof client[part as 'handleError'])).toEqual(Array(4).fill('function'));
  });

  it('opens nothing before it is used, and may be retired then', () => {
    openClient('esdb://localhost:1?tls=false', systemClock).retire(0);
  });

  it('does not tell a password when it cannot use the connection string', () => {
    const open = () => openClient('esdb://admin:hush@host?tls=perhaps', systemClock);
    expect(open).toThrow(/cannot use the connection string: .*expected true or false/);
    expect(open).not.toThrow(expect.objectContaining({ connectionString: expect.anything() }));
  });
});
