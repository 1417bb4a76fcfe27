import { readModelsContract } from '@hookyard/ports/testing';
import { memoryReadModels } from './memory-read-models.ts';

describe('memory read models', () => readModelsContract(async () => ({ port: memoryReadModels() })));
