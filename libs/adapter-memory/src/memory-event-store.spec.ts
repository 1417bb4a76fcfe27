import { eventStoreContract } from '@hookyard/ports/testing';
import { memoryEventStore } from './memory-event-store.ts';

describe('memory event store', () => eventStoreContract(async () => ({ port: memoryEventStore() })));
