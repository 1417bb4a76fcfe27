import { messageBusContract } from '@hookyard/ports/testing';
import { memoryMessageBus } from './memory-message-bus.ts';

describe('memory message bus', () => messageBusContract(async () => ({ port: memoryMessageBus() })));
