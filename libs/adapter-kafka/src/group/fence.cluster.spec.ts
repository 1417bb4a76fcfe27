import type { PlacedMessage } from '@hookyard/consumer-groups';
import { freshName, until } from '@hookyard/ports/testing';
import { contentsOf, openTestBus, testBrokers, textsOf } from '../cluster-harness.ts';
import type { Channel } from '../connection/channel.ts';
import { NoAnswer } from '../connection/errors.ts';
import { openWire, type Wire } from '../connection/wire.ts';
import type { KafkaBus } from '../kafka-bus.ts';
import { fence } from './fence.ts';
import { groupOffsets, type GroupOffsets } from './group-offsets.ts';
import { InDoubt, takeOver, type TransactionOptions } from './transaction.ts';

/**
 * Real: the brokers, their transactions. Doubled: the membership (the group has no members, so that anybody may commit), and the connection
 * where an answer has to be lost. Asserted: no transaction counts twice, or for somebody who no longer owns the transactional id.
 */

let wire: Wire;
let bus: KafkaBus;

beforeAll(async () => {
  wire = await openWire({ brokers: testBrokers(), clientId: 'hookyard-test' });
  bus = await openTestBus();
});

afterAll(async () => {
  wire.close();
  await bus.close();
});

async function scene(channel: Channel = wire.open()) {
  const [group, topic, output] = [freshName('group'), freshName('topic'), freshName('output')];
  await bus.declare([{ name: topic, partitions: 1 }, { name: output, partitions: 1 }]);
  // A partition that was just made may not be led yet.
  await bus.publish([topic, output].map((name) => ({ topic: name, key: 'ready', value: Buffer.from('ready') })));
  const anybody = { identity: () => ({ memberId: '', generationId: -1 }), whenOther: () => Promise.resolve(), refused: () => {} };
  const offsets = groupOffsets({ wire, channel: wire.open(), group, membership: () => anybody, withinMs: 10_000 });
  const options: TransactionOptions = { wire, channel, group, transactionalId: freshName('transactions'), transactionTimeoutMs: 10_000, compression: 'none' };
  const fenced = fence({ ...options, offsets, withinMs: 10_000, confirm: () => Promise.resolve(), isWanted: () => true });
  return {
    fenced,
    offsets,
    topic,
    options,
    outputs: (...texts: string[]): PlacedMessage[] => texts.map((text) => ({ topic: output, partition: 0, key: text, value: Buffer.from(text), headers: {} })),
    positions: (offset: number) => [{ topic, partition: 0, offset }],
    seen: async () => textsOf(await contentsOf(bus, output)).slice(1),
    position: async () => (await offsets.stable([topic])).get({ topic, partition: 0 })?.offset,
  };
}

const always = (): boolean => true;
const owned = { require: () => {} };

function adding(offsets: GroupOffsets, positions: { topic: string; partition: number; offset: number }[]) {
  return (identity: Parameters<GroupOffsets['addToTransaction']>[0]['identity']) => offsets.addToTransaction({ identity, positions, mark: 'mark', ...owned });
}

/** A connection whose first answer to the end of a transaction is lost; `meanwhile` takes the place of, or follows, what was asked. */
function losing(meanwhile: (ask: () => Promise<unknown>) => Promise<unknown>): Channel {
  const channel = wire.open();
  let isLost = false;
  return {
    ...channel,
    async send(node, exchange) {
      if (isLost || exchange.request.apiName !== 'EndTxn') return channel.send(node, exchange);
      isLost = true;
      await meanwhile(() => channel.send(node, exchange));
      throw new NoAnswer('the answer was lost');
    },
  };
}

describe('taking a transactional id over', () => {
  it('aborts what its last owner left open, and refuses what that one still sends', async () => {
    const { options, offsets, outputs, positions, seen, position } = await scene();
    const former = await takeOver(options, always);
    await former.fill(outputs('half'), adding(offsets, positions(7)));
    const owner = await takeOver({ ...options, channel: wire.open() }, always);
    await expect(former.end(always)).rejects.toBeInstanceOf(InDoubt);
    await expect(former.fill(outputs('late'))).rejects.toThrow();
    expect([await seen(), await position()]).toEqual([[], undefined]);

    await owner.fill(outputs('mine'), adding(offsets, positions(8)));
    await owner.end(always);
    expect([await seen(), await position()]).toEqual([['mine'], 8]);
  });

  it('reads positions only when no transaction is about to change them', async () => {
    const { options, offsets, outputs, positions, position } = await scene();
    const owner = await takeOver(options, always);
    await owner.fill(outputs('one'), adding(offsets, positions(3)));
    let read: number | undefined;
    const reading = position().then((found) => (read = found));
    const before = wire.health.state().counters['requests'] ?? 0;
    await until(() => (wire.health.state().counters['requests'] ?? 0) > before + 3);
    expect(read).toBeUndefined();
    await owner.end(always);
    expect(await reading).toBe(3);
  });
});

describe('a commit whose answer was lost', () => {
  it('is asked to end again, and counts once', async () => {
    const { fenced, outputs, positions, seen, position } = await scene(losing((ask) => ask()));
    const places = await fenced.commit({ positions: positions(5), outputs: outputs('a', 'b'), ...owned });
    expect([await seen(), await position(), places.map(({ offset }) => offset)]).toEqual([['a', 'b'], 5, [1, 2]]);
  });

  it('is known by its mark when somebody else has taken the id over since', async () => {
    const others: TransactionOptions[] = [];
    const takenOver = async (ask: () => Promise<unknown>) => {
      await ask();
      for (const each of others) await takeOver({ ...each, channel: wire.open() }, always);
    };
    const { fenced, options, outputs, positions, seen, position } = await scene(losing(takenOver));
    others.push(options);
    await fenced.commit({ positions: positions(5), outputs: outputs('once'), ...owned });
    expect([await seen(), await position()]).toEqual([['once'], 5]);
  });

  it('is done again when it was aborted', async () => {
    const others: TransactionOptions[] = [];
    const aborted = async () => {
      for (const each of others) await takeOver({ ...each, channel: wire.open() }, always);
    };
    const { fenced, options, outputs, positions, seen, position } = await scene(losing(aborted));
    others.push(options);
    await fenced.commit({ positions: positions(5), outputs: outputs('once'), ...owned });
    expect([await seen(), await position()]).toEqual([['once'], 5]);
  });

  it('is refused as unknown when it had outputs alone, which nobody can look up', async () => {
    const others: TransactionOptions[] = [];
    const takenOver = async (ask: () => Promise<unknown>) => {
      await ask();
      for (const each of others) await takeOver({ ...each, channel: wire.open() }, always);
    };
    const { fenced, options, outputs } = await scene(losing(takenOver));
    others.push(options);
    await expect(fenced.commit({ positions: [], outputs: outputs('alone'), ...owned })).rejects.toMatchObject({ code: 'unavailable' });
    const places = await fenced.commit({ positions: [], outputs: outputs('next'), ...owned });
    expect(places).toHaveLength(1);
  });
});

describe('a commit of somebody who no longer owns the partition', () => {
  it('is refused before it ends, and leaves nothing', async () => {
    const { fenced, outputs, positions, seen, position } = await scene();
    let asked = 0;
    const require = () => {
      asked += 1;
      if (asked >= 3) throw Object.assign(new Error('gone'), { name: 'Fault', code: 'not_assigned' });
    };
    await expect(fenced.commit({ positions: positions(5), outputs: outputs('stale'), require })).rejects.toMatchObject({ code: 'not_assigned' });
    expect([await seen(), await position()]).toEqual([[], undefined]);
    await fenced.commit({ positions: positions(6), outputs: outputs('next'), ...owned });
    expect([await seen(), await position()]).toEqual([['next'], 6]);
  });
});
