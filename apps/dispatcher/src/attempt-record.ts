import { createHash } from 'node:crypto';
import type { RenderedRequest } from '@hookyard/dialect';
import type { AttemptRecord, CancelReason, DeliveryFacts, SentRequest } from '@hookyard/event-schemas';
import { attemptsSoFar, type Job } from './job.ts';

/** What every record says of its delivery. */
export function factsOf(job: Job, webhookRevision: number): DeliveryFacts {
  const { head, order } = job;
  return {
    deliveryId: order.id,
    webhookId: order.webhookId,
    webhookRevision,
    project: head.event.project,
    eventId: head.eventId,
    eventType: head.event.type,
    eventSource: head.event.source,
    ...(head.event.subject === undefined ? {} : { eventSubject: head.event.subject }),
    sourceEventId: head.event.id,
    origin: head.origin,
    sequence: head.sequence,
    createdAt: head.matchedAt,
  };
}

export function triggerOf({ order, made }: Job): 'event' | 'retry' | 'redelivery' | 'ping' {
  if (order.ping === true) return 'ping';
  if (made > 0) return 'retry';
  return order.redelivery === undefined ? 'event' : 'redelivery';
}

export function cancelled(job: Job, reason: CancelReason, at: number): AttemptRecord {
  return { ...factsOf(job, job.order.webhookRevision), record: 'cancelled', attempt: attemptsSoFar(job), status: 'cancelled', reason, at };
}

/** The request as the history shows it: by hash instead of body, protected headers hidden. */
export function shownRequest({ method, url, headers, body }: RenderedRequest): SentRequest {
  const shown: Record<string, string> = {};
  for (const { name, value, redact } of headers) shown[name] = redact === true ? '[redacted]' : value;
  return { method, url, headers: shown, bodySha256: createHash('sha256').update(body).digest('hex'), bodyBytes: body.length };
}
