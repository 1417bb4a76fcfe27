import { topics } from '@hookyard/event-schemas';
import type { Batch, Consumption, Message, Outputs } from '@hookyard/ports';
import { until } from '@hookyard/ports/testing';
import { commitPieces } from './commit-pieces.ts';
import { createWorld, pairs, partitions, type World } from './harness.ts';
import { matcherGroup, pieceBytes } from './match-batch.ts';

let world: World;
beforeEach(async () => (world = await createWorld()));
afterEach(() => world.engine.close());

const webhooks = Array.from({ length: 20 }, (_, at) => ({ id: `w${at}` }));
const ids = ['1', '2', '3', '4', '5'];
// Goes out once for each of the 4 partitions: the second event fills a piece.
const data = 'x'.repeat(pieceBytes / partitions / 2);
const everyPair = (events: readonly string[]): readonly string[] => events.flatMap((id) => webhooks.map((webhook) => `${id} → ${webhook.id}`)).sort();

/** Five large events for every webhook. */
async function fiveEvents(): Promise<readonly Message[]> {
  await world.webhooks(webhooks);
  const messages: Message[] = [];
  for (const id of ids) messages.push(await world.event({ id }, { data }));
  return messages;
}

/** A batch of these messages, and what was committed through it: `<events>@<next offset>`. */
function batchOf(messages: readonly Message[], refuses: (commit: number) => boolean = () => false) {
  const pieces: string[] = [];
  const outputs: Outputs[] = [];
  let commits = 0;
  const commit: Consumption['commit'] = async ([position], made = []) => {
    commits += 1;
    if (refuses(commits)) throw new Error('the disk is full');
    outputs.push(made);
    pieces.push(`${eventsOf(made).join(',')}@${position?.offset}`);
    return [];
  };
  return { batch: { topic: topics.events, partition: messages[0]?.partition ?? 0, messages, consumption: { commit } }, pieces, outputs };
}

const eventsOf = (outputs: Outputs): readonly string[] => [...new Set(pairs(outputs).map((pair) => pair.split(' ')[0] ?? ''))];

describe('a batch that leads to much', () => {
  it('is committed in pieces of whole events, each with the position behind them', async () => {
    const messages = await fiveEvents();
    const offset = (at: number): number => messages[at]?.offset ?? -1;
    const { match } = await world.start();
    const { batch, pieces, outputs } = batchOf(messages);
    const rest = await commitPieces(match)(batch);
    expect(pieces).toEqual([`1,2@${offset(2)}`, `3,4@${offset(4)}`]);
    expect(pairs([...outputs.flat(), ...rest])).toEqual(everyPair(ids));
    expect(eventsOf(rest)).toEqual(['5']);
  });

  it('is answered whole when it is small, or one event alone leads to it', async () => {
    await world.webhooks(webhooks);
    const { match } = await world.start();
    const small = await Promise.all(ids.map((id) => world.event({ id })));
    const large = await world.event({ id: 'large' }, { data: data.repeat(4) });
    for (const messages of [small, [large]]) {
      const { batch, pieces } = batchOf(messages);
      expect(pairs(await commitPieces(match)(batch))).toHaveLength(messages.length * webhooks.length);
      expect(pieces).toEqual([]);
    }
  });

  it('goes on behind its last piece when it comes again, with repeats and dead letters as before', async () => {
    const [first, ...others] = await fiveEvents();
    const messages = [{ ...first, headers: {} }, ...others, await world.event({ id: '2' })] as Message[];
    const { match } = await world.start();
    const handle = commitPieces(match);
    const failing = batchOf(messages, (commit) => commit === 2);
    // 2 and 3 make the first piece, 4 and 5 the second: the repeat of 2 is found behind them.
    await expect(handle(failing.batch)).rejects.toThrow('the disk is full');
    expect(failing.pieces).toHaveLength(1);
    const again = batchOf(messages);
    const rest = await handle(again.batch);
    const all = [failing.outputs, again.outputs, rest].flat(2);
    expect(pairs(all)).toEqual(everyPair(['2', '3', '4', '5']));
    expect(all.filter(({ topic }) => topic === topics.deadLetters)).toHaveLength(1);
  });

  it.each([1, 2])('leads to each delivery exactly once when committing fails after %i pieces, on a bus', async (piecesBefore) => {
    const { bus } = world.engine;
    const last = (await fiveEvents()).at(-1) as Message;
    const { match } = await world.start();
    const handle = commitPieces(match);
    let hasFailed = false;
    /** Fails once: at the piece after, or, when no further one comes, after the last. */
    async function flaky(batch: Batch): Promise<Outputs> {
      let commits = 0;
      const commit: Consumption['commit'] = async (...args) => {
        if (!hasFailed && commits === piecesBefore) fail();
        commits += 1;
        return batch.consumption.commit(...args);
      };
      const rest = await handle({ ...batch, consumption: { commit } });
      if (!hasFailed) fail();
      return rest;
    }
    function fail(): never {
      hasFailed = true;
      throw new Error('lost');
    }
    const consumption = await bus.consume({ group: matcherGroup, topics: [topics.events], handle: flaky });
    await until(async () => {
      world.clock.advance(1_000);
      return (await bus.committed(matcherGroup, topics.events)).get(last.partition) === last.offset + 1;
    });
    await consumption.stop();
    expect(hasFailed).toBe(true);
    const delivered = (await Promise.all((await bus.offsets(topics.deliveries)).map(({ partition }) => bus.read({ topic: topics.deliveries, partition, offset: 0 }, 1_000, 100_000_000)))).flat();
    expect(pairs(delivered)).toEqual(everyPair(ids));
  });
});
