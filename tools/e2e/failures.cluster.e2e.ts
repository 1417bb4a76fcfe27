/**
 * What five processes on three servers make of failures, under load, with receivers counting.
 * Real: the processes, the servers (our own, since they are killed here), every request. Doubled: nothing.
 * May be asserted, always: nothing accepted is missing; what came twice was in flight; sequences grow; nobody had to be restarted.
 * `HOOKYARD_FAILURES=long` waits longer (a minute where it is seconds here) and repeats more.
 */
import { startEventStore, startKafka, startMongo, type Server } from '@hookyard/test-servers';
import { isReady, startCluster, type Cluster, type Instance, type ServiceName } from '../src/cluster.ts';
import { hookyardApi, newProject, until } from './harness.ts';
import { startLoad, type Load } from './load.ts';

const isLong = process.env['HOOKYARD_FAILURES'] === 'long';
const seconds = (short: number, long: number): number => (isLong ? long : short);
const patience = 180_000;
const concurrency = 16;
const sessionMs = 3_000;

type Servers = { readonly kafka: Server; readonly eventStore: Server; readonly mongo: Server };

describe('under load', () => {
  let servers: Servers;
  let cluster: Cluster;
  let load: Load;
  const report: string[] = [];

  beforeAll(async () => {
    const [kafka, eventStore, mongo] = await Promise.all([startKafka(), startEventStore(), startMongo()]);
    servers = { kafka, eventStore, mongo };
    cluster = await startCluster({
      settings: {
        HOOKYARD_KAFKA_BROKERS: kafka.address,
        HOOKYARD_EVENTSTORE_URL: eventStore.address,
        HOOKYARD_MONGODB_URL: mongo.address,
        HOOKYARD_KAFKA_SESSION_MS: String(sessionMs),
        HOOKYARD_SERVER_TIMEOUT_MS: '5000',
        HOOKYARD_DISPATCHER_CONCURRENCY: String(concurrency),
      },
    });
    const api = hookyardApi(cluster.url, cluster.adminToken);
    load = await startLoad(api, await newProject(api));
  }, patience);
  afterAll(async () => {
    process.stdout.write(`${report.join('\n')}\n`);
    await load.stop();
    await cluster.stop();
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  }, patience);

  const processOf = (service: ServiceName): Instance => {
    const found = cluster.instances().find((instance) => instance.service === service);
    if (found === undefined) throw new Error(`no process of ${service} runs`);
    return found;
  };
  const flows = async (): Promise<unknown> => {
    const before = load.delivered();
    return until('deliveries to flow', () => load.delivered() > before + 5 * load.webhooks, patience);
  };
  const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  /** Does something bad while events flow, lets it all end, and counts. `inFlight`: what may come twice at most. */
  async function survives(name: string, inFlight: number, happen: () => Promise<void>): Promise<void> {
    load.resume();
    const [repeats, accepted] = [load.repeats(), load.accepted()];
    await flows();
    await happen();
    await flows();
    await load.pause();
    await until('every delivery', () => load.delivered() === load.accepted() * load.webhooks, patience);
    await until('every process to be ready', async () => (await Promise.all(cluster.instances().map(isReady))).every(Boolean), patience);
    const repeated = load.repeats() - repeats;
    report.push(`${name}: ${(load.accepted() - accepted) * load.webhooks} deliveries, 0 lost, ${repeated} repeated (at most ${inFlight})`);
    expect(load.flaws()).toEqual([]);
    expect(repeated).toBeLessThanOrEqual(inFlight);
  }

  beforeAll(() => load.pause());

  it.each<ServiceName>(['subscriptions', 'delivery-log', 'dispatcher', 'matcher', 'gateway'])('%s is killed and started again', async (service) => {
    await survives(`kill -9 ${service}`, service === 'dispatcher' ? concurrency : 0, async () => {
      await processOf(service).kill();
      await cluster.start(service);
    });
  }, patience);

  it('matcher and dispatcher are killed at once', async () => {
    await survives('kill -9 matcher and dispatcher', concurrency, async () => {
      await Promise.all([processOf('matcher').kill(), processOf('dispatcher').kill()]);
      await Promise.all([cluster.start('matcher'), cluster.start('dispatcher')]);
    });
  }, patience);

  it.each(['kafka', 'eventStore', 'mongo'] as const)('%s is killed, is away for a while, and comes back', async (name) => {
    // A broker that is away for longer than a session takes the ownership of partitions with it.
    await survives(`kill -9 ${name}, away for ${seconds(5, 60)} s`, name === 'kafka' ? concurrency : 0, async () => {
      await servers[name].kill();
      await pass(seconds(5, 60) * 1_000);
      await servers[name].restart();
    });
  }, 2 * patience);

  it('a dispatcher sleeps for longer than its session, another takes over, and it wakes', async () => {
    await survives('dispatcher asleep', concurrency, async () => {
      const sleeper = processOf('dispatcher');
      const other = await cluster.start('dispatcher');
      await flows();
      sleeper.pause();
      await pass(3 * sessionMs);
      await flows();
      sleeper.resume();
      await flows();
      await other.stop();
    });
  }, patience);

  it('partitions are given to others every few seconds', async () => {
    await survives('partitions reassigned', 0, async () => {
      for (let round = 0; round < seconds(3, 15); round += 1) {
        const joined = await Promise.all([cluster.start('dispatcher'), cluster.start('matcher')]);
        await flows();
        await Promise.all(joined.map((instance) => instance.stop()));
      }
    });
  }, 2 * patience);
});
