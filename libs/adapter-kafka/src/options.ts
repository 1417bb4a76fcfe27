import type { Clock } from '@hookyard/ports';
import { Fault } from '@hookyard/event-schemas';

export type KafkaBusOptions = {
  /** `host:port` of some brokers; the others are learnt from them. */
  readonly brokers: readonly string[];
  /** What the servers see in their logs and quotas. */
  readonly clientId: string;
  /** Before the names of topics, groups and transactions on the servers, so that installations can share a cluster. @default '' */
  readonly topicPrefix?: string;
  /** TLS: `true` trusts what Node.js trusts. The server's certificate is always checked. @default false */
  readonly ssl?: boolean | { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sasl?: { readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; readonly username: string; readonly password: string };
  /** Copies of what is created. With three or more, two must have a message before it counts as published. Default: 3, or as many as there are brokers. */
  readonly replicationFactor?: number;
  /** How messages travel and lie. Small requests go uncompressed either way. @default 'gzip' */
  readonly compression?: 'none' | 'gzip';
  /** A member of a group that is not heard of for so long loses its partitions. @default 10_000 */
  readonly sessionTimeoutMs?: number;
  /** @default a tenth of the session time-out, at most 1_000 */
  readonly heartbeatMs?: number;
  /** How long members may take to hand over their partitions. @default 30_000 */
  readonly rebalanceTimeoutMs?: number;
  /** A call that got no answer for so long, over all its tries, is refused with `unavailable`. @default 30_000 */
  readonly requestTimeoutMs?: number;
  /** Opening is refused with `unavailable` after so long without a server. @default 30_000 */
  readonly startTimeoutMs?: number;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Told what an operator should know, in a sentence: settings of topics that differ and could not be changed, messages that retention took before they were read. */
  readonly onWarning?: (warning: string) => void;
};

export type Address = { readonly host: string; readonly port: number };

/** `host:port`, `[::1]:port`. */
export function parseAddress(text: string): Address {
  const [, ipv6, name, port] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text.trim()) ?? [];
  const host = ipv6 ?? name;
  if (host === undefined) throw new Fault('invalid_request', {}, { message: `'${text}' is not the address of a Kafka broker: host:port is` });
  return { host, port: Number(port) };
}
