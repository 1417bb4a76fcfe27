import { unreachable, type CancelReason, type Outcome } from '@hookyard/event-schemas';

/** One sentence for a person: what came back, or what prevented it. */
export function outcomeInWords(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'responded':
      return `The endpoint answered ${outcome.status}.`;
    case 'timed_out':
      return `${missing[outcome.stage]} within ${seconds(outcome.afterMs)} s.`;
    case 'connection_failed':
      return `${connectionFailures[outcome.code] ?? 'The connection failed'} (${outcome.code}).`;
    case 'not_sent':
      return `Nothing was sent: ${outcome.message}`;
    default:
      return unreachable(outcome);
  }
}

export function cancelReasonInWords(reason: CancelReason): string {
  return cancelReasons[reason];
}

const missing = {
  connect: 'No connection came about',
  response: 'The endpoint did not answer',
  body: 'The endpoint began to answer and did not finish',
} as const;

// Codes of node:net, node:dns and node:tls (https://nodejs.org/api/errors.html, OpenSSL verification errors).
const connectionFailures: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The endpoint refused the connection',
  ECONNRESET: 'The endpoint cut the connection',
  EPIPE: 'The endpoint cut the connection',
  ENOTFOUND: 'The host name does not resolve',
  EAI_AGAIN: 'The name server did not answer',
  EHOSTUNREACH: 'There is no route to the host',
  ENETUNREACH: 'There is no route to the network',
  CERT_HAS_EXPIRED: 'The certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'The certificate chain is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'The certificate could not be verified',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is for another host',
  UND_ERR_SOCKET: 'The endpoint cut the connection',
};

const cancelReasons: Readonly<Record<CancelReason, string>> = {
  webhook_deleted: 'The webhook was deleted.',
  webhook_disabled: 'The webhook was disabled.',
  superseded: 'A newer delivery took its place.',
};

function seconds(durationMs: number): string {
  return String(Math.round(durationMs / 100) / 10);
}
