import { createHash } from 'node:crypto';
import type { Settled } from '@hookyard/delivery';
import type { RenderedRequest } from '@hookyard/dialect';
import type { AttemptRecord, CancelReason, DeliveryFacts, SentRequest } from '@hookyard/event-schemas';
import { attemptsSoFar, type Job } from '../job.ts';
import type { Sent } from '../net/sender.ts';

/** Fields are set or assigned, not spread: a literal that goes on after a spread costs more than everything else about a record (measured: 16 µs). */
type Draft<Type> = { -readonly [Field in keyof Type]: Type[Field] };

/** What every record says of its delivery. */
export function factsOf(job: Job, webhookRevision: number): Draft<DeliveryFacts> {
  const { head, order } = job;
  const { event } = head;
  const facts: Draft<DeliveryFacts> = {
    deliveryId: order.id,
    webhookId: order.webhookId,
    webhookRevision,
    project: event.project,
    eventId: head.eventId,
    eventType: event.type,
    eventSource: event.source,
    sourceEventId: event.id,
    origin: head.origin,
    sequence: head.sequence,
    createdAt: head.matchedAt,
  };
  if (event.subject !== undefined) facts.eventSubject = event.subject;
  return facts;
}

/** One attempt and what came of it. */
export type AttemptMade = {
  readonly job: Job;
  readonly webhookRevision: number;
  readonly startedAt: number;
  /** Null when nothing could be rendered. */
  readonly request: RenderedRequest | null;
  readonly sent: Sent;
};

export function attempted({ job, webhookRevision, startedAt, request, sent }: AttemptMade, { status, nextAttemptAt }: Settled): AttemptRecord {
  const { outcome, durationMs } = sent;
  const record: Draft<Extract<AttemptRecord, { record: 'attempted' }>> = Object.assign(factsOf(job, webhookRevision), {
    record: 'attempted' as const, attempt: attemptsSoFar(job) + 1, trigger: triggerOf(job), startedAt, durationMs, outcome, status,
  });
  if (job.order.redelivery !== undefined) record.requestedBy = job.order.redelivery.requestedBy;
  if (request !== null && outcome.kind !== 'not_sent') record.request = shownRequest(request);
  if (nextAttemptAt !== undefined) record.nextAttemptAt = nextAttemptAt;
  return record;
}

function triggerOf({ order, made }: Job): 'event' | 'retry' | 'redelivery' | 'ping' {
  if (order.ping === true) return 'ping';
  if (made > 0) return 'retry';
  return order.redelivery === undefined ? 'event' : 'redelivery';
}

export function cancelled(job: Job, reason: CancelReason, at: number): AttemptRecord {
  return { ...factsOf(job, job.order.webhookRevision), record: 'cancelled', attempt: attemptsSoFar(job), status: 'cancelled', reason, at };
}

/** The request as the history shows it: by hash instead of body, protected headers hidden. */
function shownRequest({ method, url, headers, body }: RenderedRequest): SentRequest {
  const shown: Record<string, string> = {};
  for (const { name, value, redact } of headers) shown[name] = redact === true ? '[redacted]' : value;
  return { method, url, headers: shown, bodySha256: createHash('sha256').update(body).digest('hex'), bodyBytes: body.length };
}
