import { Fault } from '@hookyard/event-schemas';
import type { Address } from '../options.ts';
import { NoAnswer } from './errors.ts';
import type { Health } from './health.ts';
import { exchange, newConnection, type Connection, type Exchange } from './kafkajs.ts';
import type { Answer, ApiName, Apis } from './protocol.ts';

/**
 * Connections of one purpose, one for each broker, opened when first needed and again after they were lost.
 * A broker answers one request of a connection after the other: who waits long (a fetch, a join) needs a channel of its own.
 */
export interface Channel {
  /**
   * Asks a broker and resolves with its answer, whose error codes are the caller's to judge.
   * Rejects with `NoAnswer` when none came, with `closed` after `close`.
   */
  ask<Api extends ApiName>(node: number, api: Api, asks: Apis[Api]['asks']): Promise<Answer<Api>>;
  send<Answered>(node: number, exchange: Exchange<Answered>): Promise<Answered>;
  /** Cuts the connections at once; what waits for an answer is rejected. */
  close(): void;
}

export type ChannelOptions = {
  readonly addressOf: (node: number) => Address | undefined;
  readonly clientId: string;
  readonly ssl: object | null;
  readonly sasl: object | null;
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
  readonly health: Health;
};

export function channel(options: ChannelOptions): Channel {
  const { health, addressOf } = options;
  const connections = new Map<string, Promise<Connection>>();
  let isClosed = false;

  async function send<Answered>(node: number, { request, response, requestTimeout }: Exchange<Answered>): Promise<Answered> {
    if (isClosed) throw new Fault('closed');
    const address = addressOf(node);
    if (address === undefined) throw new NoAnswer(`broker ${node} is not known`);
    const key = `${address.host}:${address.port}`;
    const connecting = connectionTo(key, address);
    try {
      const connection = await connecting;
      health.count('requests');
      const answered = await connection.send({
        request,
        response: { decode: response.decode, parse: (answer) => answer },
        logResponseError: false,
        ...(requestTimeout === undefined ? {} : { requestTimeout }),
      });
      health.succeeded();
      return answered;
    } catch (error) {
      drop(key, connecting, error);
      if (isClosed) throw new Fault('closed');
      const lost = error instanceof NoAnswer ? error : new NoAnswer(`the broker at ${key} gave no answer to ${request.apiName}`, { cause: error });
      if (isTimeout(error)) health.count('timeouts');
      health.failed(`${lost.message}.`);
      throw lost;
    }
  }

  function connectionTo(key: string, address: Address): Promise<Connection> {
    const known = connections.get(key);
    if (known !== undefined) return known;
    const connecting = open(key, address);
    connections.set(key, connecting);
    return connecting;
  }

  async function open(key: string, address: Address): Promise<Connection> {
    // The authenticator of kafkajs keeps itself in the options: each connection gets a copy.
    const sasl = options.sasl === null ? null : { ...options.sasl };
    const { clientId, ssl, connectTimeoutMs, answerTimeoutMs } = options;
    const connection = newConnection({ ...address, ssl, sasl, clientId, connectionTimeout: connectTimeoutMs, requestTimeout: answerTimeoutMs });
    const overdue = setTimeout(() => cut(connection, 'it did not let in in time'), 2 * connectTimeoutMs);
    try {
      await connection.connect();
      await connection.authenticate();
    } catch (error) {
      cut(connection, 'it did not let in');
      const isRefusedLogin = error instanceof Error && error.name === 'KafkaJSSASLAuthenticationError';
      throw new NoAnswer(`the broker at ${key} cannot be reached`, { cause: error, isRefusedLogin });
    } finally {
      clearTimeout(overdue);
    }
    if (isClosed) cut(connection, 'closed');
    health.count('connects');
    return connection;
  }

  // Whatever went wrong, the next request begins with a fresh connection: an answer that comes late meets nobody.
  function drop(key: string, connecting: Promise<Connection>, error: unknown): void {
    if (connections.get(key) !== connecting) return;
    connections.delete(key);
    health.count('disconnects');
    connecting.then((connection) => cut(connection, error instanceof Error ? error.message : 'given up')).catch(() => {});
  }

  return {
    send,
    ask: (node, api, asks) => send(node, exchange(api, asks)),
    close() {
      isClosed = true;
      for (const connecting of connections.values()) connecting.then((connection) => cut(connection, 'closed')).catch(() => {});
      connections.clear();
    },
  };
}

/** Ends a connection without waiting for what is under way. */
function cut(connection: Connection, reason: string): void {
  connection.socket?.destroy(new Error(reason));
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'KafkaJSRequestTimeoutError';
}
