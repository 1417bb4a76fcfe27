import type { RenderInput, RenderedRequest } from '@hookyard/dialect';
import { ed25519Sign, hmac } from '@hookyard/signing';
import { structuredEvent, structuredJson } from './cloud-event.ts';
import type { NativeDefinition } from './definition.ts';
import { keyBytes, parseKeyring, type Keyring, type SignatureKind } from './keyring.ts';

const userAgent = 'Hookyard/0.1.0';

type Header = RenderedRequest['headers'][number];

/** The request of a delivery: a structured CloudEvent, signed as Standard Webhooks 1.0.0 says. Throws when no key is in force: nothing goes out unsigned. */
export function renderNative({ definition, event, delivery, secrets, open, now }: RenderInput<NativeDefinition>): RenderedRequest {
  const body = structuredEvent(event, delivery.sequence);
  const timestamp = String(Math.floor(now / 1_000));
  const { traceparent, tracestate } = event.attributes;
  return {
    method: 'POST',
    url: definition.url,
    headers: [
      { name: 'content-type', value: structuredJson },
      { name: 'user-agent', value: userAgent },
      { name: 'webhook-id', value: delivery.id },
      { name: 'webhook-timestamp', value: timestamp },
      { name: 'webhook-signature', value: signatures(definition.signatures, secrets.map(parseKeyring), `${delivery.id}.${timestamp}.`, body) },
      { name: 'webhook-sequence', value: String(delivery.sequence) },
      ...given('traceparent', traceparent),
      ...given('tracestate', traceparent === undefined ? undefined : tracestate),
      ...definition.headers.map((header): Header =>
        'sealed' in header ? { name: header.name, value: open(header.sealed), redact: true } : { name: header.name, value: header.value },
      ),
    ],
    body,
  };
}

/** Newest keys first, each in every kind that the webhook signs with, parted by blanks. */
function signatures(kinds: readonly SignatureKind[], keyrings: readonly Keyring[], prefix: string, body: Buffer): string {
  const made = keyrings.flatMap((keyring) => kinds.map((kind) => signature(kind, keyring, prefix, body)));
  const present = new Set(made.filter((one) => one !== null));
  if (present.size === 0) throw new Error(`the webhook has no key in force to sign ${kinds.join(' or ')} with`);
  return [...present].join(' ');
}

function signature(kind: SignatureKind, { secret, privateKey }: Keyring, prefix: string, body: Buffer): string | null {
  if (kind === 'v1') return secret === undefined ? null : `v1,${hmac({ algorithm: 'sha256', key: keyBytes(secret), encoding: 'base64' }, prefix, body)}`;
  if (privateKey === undefined) return null;
  return `v1a,${ed25519Sign(keyBytes(privateKey), Buffer.concat([Buffer.from(prefix), body])).toString('base64')}`;
}

function given(name: string, value: string | undefined): readonly Header[] {
  return value === undefined ? [] : [{ name, value }];
}
