import { retryPolicy, settle } from '@hookyard/delivery';
import type { RenderedRequest } from '@hookyard/dialect';
import { type CancelReason, type DisabledReason, type Outcome, uuidFrom, type WebhookCommand } from '@hookyard/event-schemas';
import type { Clock, OutgoingMessage } from '@hookyard/ports';
import { commandMessage } from '@hookyard/runtime';
import type { SecretBox } from '@hookyard/signing';
import { attempted, type AttemptMade, cancelled } from './attempt-record.ts';
import { attemptsSoFar, type Job } from '../job.ts';
import type { Meter } from '../meter.ts';
import type { Sender, Sent } from '../net/sender.ts';
import type { Conclusion } from './outcome-book.ts';
import { withTrace } from './trace-header.ts';
import type { Target, WebhookTable } from '../webhook-table.ts';

export type Attempted = { readonly conclusion: Conclusion; readonly sent: Sent };

export type AttemptOptions = {
  readonly table: Pick<WebhookTable, 'get'>;
  readonly sender: Sender;
  readonly box: Pick<SecretBox, 'open'>;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly meter: Meter;
};

export type Attempts = {
  /** Renders, sends once and judges. Never rejects: what goes wrong is the outcome. */
  attempt(job: Job): Promise<Attempted>;
  cancel(job: Job, reason: CancelReason): Conclusion;
  /** Why it must not be sent any more; null: it may. */
  fate(job: Job): CancelReason | null;
};

type Prepared = { readonly request: RenderedRequest } | { readonly outcome: Outcome };

// For a webhook whose own policy cannot be read: nothing is sent, so there is nothing to try again.
const fallbackPolicy = retryPolicy({ timeoutMs: 15_000 });

export function createAttempts({ table, sender, box, clock, random, meter }: AttemptOptions): Attempts {
  function prepare(job: Job, target: Target | undefined, now: number): Prepared {
    if (target === undefined) return notSent('webhook_deleted', 'The webhook is no more.');
    if (!target.isUsable) return notSent('definition_invalid', target.problem);
    const { head, order, data } = job;
    try {
      const secrets = target.record.secrets.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now).map(({ sealed }) => box.open(sealed));
      const request = target.dialect.render({
        definition: target.definition,
        event: { attributes: head.event, data },
        delivery: { id: order.id, eventId: head.eventId, sequence: head.sequence, attempt: attemptsSoFar(job) + 1, acceptedAt: head.acceptedAt },
        secrets,
        open: box.open,
        now,
      });
      return { request: withTrace(request, head.event.traceparent) };
    } catch (error) {
      return notSent('render_failed', error instanceof Error ? error.message : String(error));
    }
  }

  function conclude(target: Target | undefined, made: AttemptMade): Conclusion {
    const { job, sent } = made;
    const now = clock.now();
    const judged = settle(target?.isUsable === true ? target.policy : fallbackPolicy, {
      attempts: job.made + 1, outcome: sent.outcome, now, random: random(), mayRetry: mayRetry(job, table.get(job.order.webhookId)),
    });
    const record = attempted(made, judged);
    meter.recorded(record, job.head.acceptedAt);
    const commands = judged.disables === undefined || target?.record.status !== 'enabled' ? [] : [disable(job, judged.disables, now)];
    return { record, commands, retryAt: judged.status === 'retrying' ? (judged.nextAttemptAt ?? now) : null };
  }

  return {
    async attempt(job) {
      const startedAt = clock.now();
      const target = table.get(job.order.webhookId);
      const prepared = prepare(job, target, startedAt);
      const sent: Sent =
        'request' in prepared && target?.isUsable === true
          ? await sender.send(prepared.request, target.policy).catch(brokenSender)
          : { outcome: 'outcome' in prepared ? prepared.outcome : fallen, durationMs: 0 };
      const request = 'request' in prepared ? prepared.request : null;
      const webhookRevision = target?.record.revision ?? job.order.webhookRevision;
      return { conclusion: conclude(target, { job, webhookRevision, startedAt, request, sent }), sent };
    },
    cancel(job, reason) {
      const record = cancelled(job, reason, clock.now());
      meter.recorded(record, job.head.acceptedAt);
      return { record, commands: [], retryAt: null };
    },
    fate({ order, made }) {
      const target = table.get(order.webhookId);
      if (target === undefined) return 'webhook_deleted';
      const isAskedFor = order.ping === true || (order.redelivery !== undefined && made === 0);
      return target.record.status === 'enabled' || isAskedFor ? null : 'webhook_disabled';
    },
  };
}

/** A ping is sent once; so is what somebody asked for of a webhook that is disabled. */
function mayRetry({ order }: Job, target: Target | undefined): boolean {
  return order.ping !== true && (order.redelivery === undefined || target?.record.status === 'enabled');
}

function disable({ key, head, order, made }: Job, reason: DisabledReason, now: number): OutgoingMessage {
  const command: WebhookCommand = {
    type: 'DisableWebhook', reason, webhookId: order.webhookId, project: head.event.project, now,
    commandId: uuidFrom('disable', key, String(made)), actor: { kind: 'system', id: 'dispatcher' },
  };
  return commandMessage({ kind: 'webhook', key: order.webhookId, payload: command });
}

const fallen: Outcome = { kind: 'not_sent', code: 'render_failed', message: 'Nothing was rendered.' };

function notSent(code: string, message: string): Prepared {
  return { outcome: { kind: 'not_sent', code, message } };
}

/** A sender keeps its promise; should it ever not, one delivery fails and no lane stands still. */
function brokenSender(error: unknown): Sent {
  return { outcome: { kind: 'connection_failed', code: 'unknown', message: String(error) }, durationMs: 0 };
}
