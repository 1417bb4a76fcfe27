import { createRequire } from 'node:module';
import { versions, type Answer, type ApiName, type Apis } from './protocol.ts';

// The one place that reaches into kafkajs, past its front door: pinned to an exact version in package.json.
const require = createRequire(import.meta.url);

/** Writes fields in the order of the protocol; answers itself. */
export interface Encoder {
  writeInt8(value: number): Encoder;
  writeInt16(value: number): Encoder;
  writeInt32(value: number): Encoder;
  writeInt64(value: string | number): Encoder;
  writeBoolean(value: boolean): Encoder;
  writeString(value: string | null): Encoder;
  writeBytes(value: Buffer): Encoder;
  writeBuffer(value: Buffer): Encoder;
  writeUVarInt(value: number): Encoder;
  writeUVarIntString(value: string | null): Encoder;
  writeArray(values: readonly (Encoder | number | string)[]): Encoder;
  writeEncoder(value: Encoder): Encoder;
  readonly buffer: Buffer;
}

/** Reads fields in the order of the protocol. */
export interface Decoder {
  readInt8(): number;
  readInt16(): number;
  readInt32(): number;
  readInt64(): bigint;
  readBoolean(): boolean;
  readString(): string;
  readBytes(length?: number): Buffer;
  readUVarInt(): number;
  readUVarIntString(): string;
  readTaggedFields(): unknown;
  readArray<Each>(read: (decoder: Decoder) => Each): Each[];
}

/** One request and how its answer is read. */
export type Exchange<Answered> = {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    readonly encode: () => Promise<Encoder>;
  };
  readonly response: { readonly decode: (payload: Buffer) => Promise<Answered> };
  /** How long this request may wait for its answer, if longer than others. */
  readonly requestTimeout?: number;
};

/** One socket to a broker: TLS, SASL, requests in a pipeline, each with a time limit. */
export interface Connection {
  readonly socket?: { destroy(error: Error): void };
  connect(): Promise<unknown>;
  authenticate(): Promise<void>;
  isConnected(): boolean;
  setVersions(versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>): void;
  setSupportAuthenticationProtocol(isSupported: boolean): void;
  send<Answered>(exchange: Exchange<Answered> & { readonly response: { readonly parse: (answered: Answered) => Answered }; readonly logResponseError: false }): Promise<Answered>;
}

type ConnectionOptions = {
  readonly host: string;
  readonly port: number;
  readonly ssl: object | null;
  readonly sasl: object | null;
  readonly clientId: string;
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  readonly logger: unknown;
  readonly socketFactory: unknown;
};

type Definition = { protocol(of: { readonly version: number }): (asks: object) => Exchange<never> };

const EncoderClass = require('kafkajs/src/protocol/encoder') as new () => Encoder;
const DecoderClass = require('kafkajs/src/protocol/decoder') as new (buffer: Buffer) => Decoder;
const ConnectionClass = require('kafkajs/src/network/connection') as new (options: ConnectionOptions) => Connection;
const socketFactory = (require('kafkajs/src/network/socketFactory') as () => unknown)();
const { requests } = require('kafkajs/src/protocol/requests') as { readonly requests: Readonly<Record<ApiName | 'Fetch', Definition>> };
const { createLogger } = require('kafkajs/src/loggers') as { readonly createLogger: (options: { readonly level: 0; readonly logCreator: () => () => void }) => unknown };
const { errorCodes } = require('kafkajs/src/protocol/error') as { readonly errorCodes: readonly { readonly code: number; readonly type: string; readonly message: string }[] };

// What goes wrong is told by errors and counters; nothing is printed.
const silent = createLogger({ level: 0, logCreator: () => () => {} });
// SaslHandshake and SaslAuthenticate, in the only version of theirs that matters since Kafka 2.
const saslVersions = { 17: { minVersion: 1, maxVersion: 1 }, 36: { minVersion: 1, maxVersion: 1 } };

export const encoder = (): Encoder => new EncoderClass();
export const decoder = (buffer: Buffer): Decoder => new DecoderClass(buffer);

/** A connection that is not yet opened. */
export function newConnection(options: Omit<ConnectionOptions, 'logger' | 'socketFactory'>): Connection {
  const connection = new ConnectionClass({ ...options, logger: silent, socketFactory });
  connection.setVersions(saslVersions);
  connection.setSupportAuthenticationProtocol(true);
  return connection;
}

/** A request of kafkajs, whose answer tells error codes instead of throwing the first of them. */
export function exchange<Api extends ApiName>(api: Api, asks: Apis[Api]['asks']): Exchange<Answer<Api>> {
  return requests[api].protocol({ version: versions[api] })(asks);
}

/** Metadata of exactly these topics, none of which is created by asking: kafkajs takes "of none" for "of all". */
export function metadataExchange(topics: readonly string[]): Exchange<Answer<'Metadata'>> {
  const { request, response } = exchange('Metadata', { topics });
  return { request: { ...request, encode: async () => encoder().writeArray(topics).writeBoolean(false) }, response };
}

export type FetchAsks = {
  readonly replicaId: -1;
  readonly isolationLevel: 1;
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number; readonly fetchOffset: string; readonly maxBytes: number }[] }[];
};

/** A fetch as kafkajs asks it, whose answer is read by `decode`: kafkajs's own reading forgets where batches end that hold nothing visible. */
export function fetchExchange<Answered>(asks: FetchAsks, decode: (payload: Buffer) => Promise<Answered>): Exchange<Answered> {
  const { request, requestTimeout } = requests.Fetch.protocol({ version: versions.Fetch })(asks);
  return { request, response: { decode }, ...(requestTimeout === undefined ? {} : { requestTimeout }) };
}

const described = new Map(errorCodes.map((each) => [each.code, each]));

/** Kafka's name for an error code, and what it means. */
export function describeCode(code: number): { readonly type: string; readonly message: string } {
  return described.get(code) ?? { type: `ERROR_${code}`, message: 'The server answered an error that this version does not know' };
}
