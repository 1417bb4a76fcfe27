import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inFolder } from './cache.ts';
import { classPath, kafkaJars } from './jars.ts';
import { serverProperties, type BrokerSettings } from './kafka-properties.ts';
import { credentials, scramArguments, type Credentials, type KafkaSecurity, type Secured } from './kafka-security.ts';
import { freePort, freePorts } from './ports.ts';
import { startProcess, type ServerProcess } from './process.ts';
import { run } from './run.ts';
import { together, type Server } from './server.ts';

export type KafkaOptions = {
  /** Default 1. Three replicate everything threefold, and acknowledge what two of them have. */
  readonly brokers?: 1 | 3;
  /** The port that the second listener of each broker tells its clients: where a fault proxy listens. With three brokers a list of three. */
  readonly proxiedPort?: number | readonly number[];
  /** Adds a listener that asks for it. */
  readonly security?: KafkaSecurity;
  /** Where the data goes; default a new folder. `stop` removes it. */
  readonly folder?: string;
  /** Goes on when this process ends. Default false. */
  readonly outlives?: boolean;
};

export type Broker = Pick<Server, 'address' | 'kill' | 'restart' | 'pause' | 'resume'> & {
  /** As in Kafka's metadata. */
  readonly id: number;
  readonly pid: () => number;
  /** host:port of the second listener, to be named as the target of the fault proxy; with `proxiedPort` only. */
  readonly proxyTarget: string | undefined;
};

export type Kafka = Server & {
  readonly brokers: readonly Broker[];
  /** How to reach the listener that `security` asked for. */
  readonly secured: Secured | undefined;
};

/** Real Kafka (KRaft) on free ports of the loopback interface; resolves when every broker serves. `address` names the plain listeners of all. */
export async function startKafka(options: KafkaOptions = {}): Promise<Kafka> {
  const libraries = await classPath(kafkaJars);
  return inFolder('kafka', options.folder, async (folder) => {
    const secured = options.security && (await credentials(options.security, folder));
    const settings = await brokerSettings(options, { folder, secured });
    const cluster = { folder, libraries, id: newClusterId(), memoryMb: settings.length === 1 ? 256 : 128, outlives: options.outlives ?? false };
    const processes = await allOrNone(settings.map((broker) => startBroker(broker, cluster)));
    const addresses = (portOf: (broker: BrokerSettings) => number) => settings.map((broker) => local(portOf(broker))).join(',');
    return {
      ...together(
        addresses(({ plainPort }) => plainPort),
        processes,
        () => rm(folder, { recursive: true, force: true }),
      ),
      brokers: settings.map((broker, at) => brokerOf(broker, processes[at] as ServerProcess)),
      secured: secured && { ...secured.client, address: addresses((broker) => broker.secured?.port ?? 0) },
    };
  });
}

type Place = { readonly folder: string; readonly secured: Credentials | undefined };

async function brokerSettings(options: KafkaOptions, { folder, secured }: Place): Promise<readonly BrokerSettings[]> {
  const voters = (await freePorts(options.brokers ?? 1)).map((port, at) => ({ id: at + 1, port }));
  const advertised = options.proxiedPort === undefined ? [] : [options.proxiedPort].flat();
  if (advertised.length > 0 && advertised.length !== voters.length) throw new Error(`proxiedPort: ${voters.length} are needed, one for each broker`);
  return Promise.all(
    voters.map(async ({ id }, at) => {
      const advertisedPort = advertised[at];
      return {
        id,
        dataFolder: join(folder, `broker-${id}`),
        voters,
        plainPort: await freePort(),
        ...(advertisedPort === undefined ? {} : { proxied: { port: await freePort(), advertisedPort } }),
        ...(secured === undefined ? {} : { secured: { ...secured.listener, port: await freePort() } }),
      };
    }),
  );
}

type Cluster = { readonly folder: string; readonly libraries: string; readonly id: string; readonly memoryMb: number; readonly outlives: boolean };

/** Formats the broker's storage and starts it. */
async function startBroker(broker: BrokerSettings, { folder, libraries, id, memoryMb, outlives }: Cluster): Promise<ServerProcess> {
  await mkdir(broker.dataFolder, { recursive: true });
  const properties = `${broker.dataFolder}.properties`;
  await writeFile(properties, serverProperties(broker));
  const java = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', libraries];
  await run('java', [...java, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', properties, ...scramArguments(broker.secured?.user)]);
  return startProcess({
    name: `Kafka broker ${broker.id}`,
    command: 'java',
    args: [`-Xms${memoryMb}m`, `-Xmx${memoryMb}m`, ...java, 'kafka.Kafka', properties],
    logFile: `${broker.dataFolder}.log`,
    // Printed after the controller has let the broker in.
    ready: /Kafka Server started/,
    folder,
    outlives,
  });
}

/** Every process, or the first reason why not and none left running. */
async function allOrNone(starts: readonly Promise<ServerProcess>[]): Promise<readonly ServerProcess[]> {
  const settled = await Promise.allSettled(starts);
  const started = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed === undefined) return started;
  await Promise.all(started.map((process) => process.kill()));
  throw failed.reason;
}

const brokerOf = ({ id, plainPort, proxied }: BrokerSettings, process: ServerProcess): Broker => ({
  id,
  address: local(plainPort),
  pid: () => process.identity().pid,
  proxyTarget: proxied && local(proxied.port),
  kill: process.kill,
  restart: process.restart,
  pause: process.pause,
  resume: process.resume,
});

/** A UUID as Kafka writes it. Its first bit is 0, so that it cannot begin with a "-" and be taken for an option. */
function newClusterId(): string {
  const bytes = randomBytes(16);
  return Buffer.from([(bytes[0] as number) & 0x7f, ...bytes.subarray(1)]).toString('base64url');
}

const local = (port: number): string => `127.0.0.1:${port}`;
