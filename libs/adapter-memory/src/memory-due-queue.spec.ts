import { dueQueueContract } from '@hookyard/ports/testing';
import { memoryDueQueue } from './memory-due-queue.ts';

describe('memory due queue', () => dueQueueContract(async () => ({ port: memoryDueQueue() })));
