import { readFile } from 'node:fs/promises';
import { isFault } from '@hookyard/event-schemas';
import type { Watched } from '@hookyard/ports';
import { environmentName, type Log } from '@hookyard/runtime';
import type { ClusterSettings } from './cluster.settings.ts';
import type { Engine } from './engine.ts';
import { streamsWithin } from './streams-within.ts';
import { StartRefused } from './start-refused.ts';

export type ClusterEngineOptions = {
  readonly settings: ClusterSettings;
  /** How the servers see this process. */
  readonly clientId: string;
  readonly log: Log;
};

/** Kafka, EventStoreDB and MongoDB, reached once each. Throws `StartRefused` when a setting is missing or a server does not answer. */
export async function openClusterEngine({ settings, clientId, log }: ClusterEngineOptions): Promise<Engine> {
  const { kafkaBrokers, eventstoreUrl, mongodbUrl } = required(settings);
  const bounds = { requestTimeoutMs: settings.serverTimeoutMs, startTimeoutMs: settings.serverStartTimeoutMs };
  const warn = (server: string) => (warning: string, details: object = {}) => log.warn({ server, ...details }, warning);

  const opened = await allOrNone([
    async () => {
      const { openKafkaBus } = await import('@hookyard/adapter-kafka');
      return openKafkaBus({ brokers: kafkaBrokers, clientId, ...(await kafkaOptions(settings)), ...bounds, onWarning: warn('kafka') });
    },
    async () => {
      const { openEventStoreDb } = await import('@hookyard/adapter-eventstore');
      const { eventstoreUsername: username, eventstorePassword: password } = settings;
      const credentials = username === undefined ? {} : { credentials: { username, password: password ?? '' } };
      return openEventStoreDb({ connectionString: eventstoreUrl, ...credentials, ...bounds, onWarning: warn('event-store') });
    },
    async () => {
      const { openMongo } = await import('@hookyard/adapter-mongodb');
      return openMongo({ uri: mongodbUrl, database: settings.mongodbDatabase, ...bounds, onWarning: warn('mongodb') });
    },
  ]);
  const [bus, eventStore, mongo] = opened;
  const servers: Readonly<Record<string, Watched>> = { kafka: bus, 'event-store': eventStore, mongodb: mongo.readModels };
  return {
    bus,
    eventStore: settings.namespace === '' ? eventStore : streamsWithin(`${settings.namespace}.`, eventStore),
    readModels: mongo.readModels,
    dueQueue: mongo.dueQueue,
    servers,
    async close() {
      await Promise.all(opened.map((each) => each.close()));
    },
  };
}

type Required = { readonly kafkaBrokers: readonly string[]; readonly eventstoreUrl: string; readonly mongodbUrl: string };

function required({ kafkaBrokers, eventstoreUrl, mongodbUrl }: ClusterSettings): Required {
  if (kafkaBrokers.length > 0 && eventstoreUrl !== undefined && mongodbUrl !== undefined) return { kafkaBrokers, eventstoreUrl, mongodbUrl };
  const missing = [
    ...(kafkaBrokers.length === 0 ? ['kafkaBrokers'] : []),
    ...(eventstoreUrl === undefined ? ['eventstoreUrl'] : []),
    ...(mongodbUrl === undefined ? ['mongodbUrl'] : []),
  ];
  throw new StartRefused(`The engine "cluster" needs to know its servers: set ${missing.map(environmentName).join(', ')}.`);
}

async function kafkaOptions(settings: ClusterSettings) {
  const { namespace, kafkaReplication, kafkaSasl, kafkaUsername = '', kafkaPassword = '' } = settings;
  return {
    topicPrefix: namespace === '' ? '' : `${namespace}.`,
    compression: settings.kafkaCompression,
    sessionTimeoutMs: settings.kafkaSessionMs,
    ssl: settings.kafkaTls && (await certificates(settings)),
    ...(kafkaReplication === undefined ? {} : { replicationFactor: kafkaReplication }),
    ...(kafkaSasl === undefined ? {} : { sasl: { mechanism: kafkaSasl, username: kafkaUsername, password: kafkaPassword } }),
  };
}

async function certificates({ kafkaCaFile, kafkaCertFile, kafkaKeyFile }: ClusterSettings) {
  const [ca, cert, key] = await Promise.all([text('kafkaCaFile', kafkaCaFile), text('kafkaCertFile', kafkaCertFile), text('kafkaKeyFile', kafkaKeyFile)]);
  return { ...(ca === null ? {} : { ca }), ...(cert === null ? {} : { cert }), ...(key === null ? {} : { key }) };
}

async function text(field: keyof ClusterSettings, path: string | undefined): Promise<string | null> {
  if (path === undefined) return null;
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new StartRefused(`The file in ${environmentName(field)} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  });
}

type Opening<Opened extends { close(): Promise<void> }> = () => Promise<Opened>;

/** Opens all at once; when one cannot be opened, the others are closed again. */
async function allOrNone<A extends { close(): Promise<void> }, B extends { close(): Promise<void> }, C extends { close(): Promise<void> }>(
  openings: readonly [Opening<A>, Opening<B>, Opening<C>],
): Promise<readonly [A, B, C]> {
  const [first, second, third] = openings;
  const settled = await Promise.allSettled([first(), second(), third()]);
  const [a, b, c] = settled;
  if (a.status === 'fulfilled' && b.status === 'fulfilled' && c.status === 'fulfilled') return [a.value, b.value, c.value];
  await Promise.all(settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value.close()] : [])));
  throw refusal(settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : [])));
}

function refusal(reasons: readonly unknown[]): unknown {
  const breakage = reasons.find((reason) => !isFault(reason) && !(reason instanceof StartRefused));
  if (breakage !== undefined) return breakage;
  return new StartRefused(reasons.map((reason) => (reason as Error).message).join('\n'), { cause: reasons[0] });
}
