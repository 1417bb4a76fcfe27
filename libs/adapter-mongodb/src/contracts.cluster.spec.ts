import { dueQueueContract, readModelsContract, type Opened } from '@hookyard/ports/testing';
import { mongoForTests } from './mongo-harness.ts';

type PortName = 'readModels' | 'dueQueue';

const mongo = mongoForTests();
afterAll(() => mongo.end());

/** A crash is the client torn down in the middle of whatever it does. */
function opening<Name extends PortName>(name: Name) {
  const open = async (): Promise<Opened<Awaited<ReturnType<typeof mongo.open>>[Name]>> => {
    const engine = await mongo.open();
    return {
      port: engine[name],
      async reopen() {
        await engine.abandon();
        return open();
      },
      dispose: () => engine.close(),
    };
  };
  return open;
}

describe('the read models on MongoDB', () => readModelsContract(opening('readModels'), { durable: true }));
describe('the due queue on MongoDB', () => dueQueueContract(opening('dueQueue'), { durable: true }));
