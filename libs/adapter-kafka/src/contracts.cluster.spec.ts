import type { MessageBus } from '@hookyard/ports';
import { messageBusContract, type Opened } from '@hookyard/ports/testing';
import { openTestBus } from './cluster-harness.ts';
import type { KafkaBusOptions } from './options.ts';

/** A crash is every connection cut at once, with no word to the servers. */
function opening(options: Partial<KafkaBusOptions> = {}): () => Promise<Opened<MessageBus>> {
  const open = async (): Promise<Opened<MessageBus>> => {
    const bus = await openTestBus(options);
    return {
      port: bus,
      async reopen() {
        bus.abandon();
        return open();
      },
    };
  };
  return open;
}

describe('the bus of the cluster engine', () => messageBusContract(opening(), { durable: true }));
describe('the bus of the cluster engine, uncompressed and among others', () =>
  messageBusContract(opening({ compression: 'none', topicPrefix: 'hookyard-test.' }), { durable: true }));
