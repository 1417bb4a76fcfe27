import type { IncomingHttpHeaders } from 'node:http';
import { eventHeaders, eventId, partitionOf, toEventHeaders, topics } from '@hookyard/event-schemas';
import type { EventDocument, FieldProblem } from '@hookyard/event-schemas';
import type { Clock, Collection, MessageBus, OutgoingMessage } from '@hookyard/ports';
import { parseTraceparent } from '@hookyard/runtime';
import type { Metrics } from '@hookyard/runtime';
import type { EventTypeChecks } from '../event-types/event-type-checks.ts';
import { readEvents } from '../events/event-request.ts';
import type { IncomingEvent } from '@hookyard/cloudevents';
import { checkTypes } from './type-check.ts';
import type { CheckedEvent } from './type-check.ts';
import type { RecentEvents } from './recent-events.ts';
import type { WebhookPositions } from './webhook-positions.ts';

export type IntakeRequest = { readonly project: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer };

export type AcceptedEvent = {
  /** The producer's id. */
  readonly id: string;
  readonly eventId: string;
  /** An event of this source and id was accepted before: this one is ignored. */
  readonly duplicate: boolean;
  /** In what way the payload does not fit its type, when the type only warns. */
  readonly warnings?: readonly FieldProblem[];
};

export type IntakePorts = {
  readonly bus: MessageBus;
  readonly events: Pick<Collection<EventDocument>, 'getMany'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly checks: EventTypeChecks;
  readonly positions: Pick<WebhookPositions, 'newest'>;
  readonly recent: RecentEvents;
};

export type IntakeLimits = { readonly maxEventBytes: number; readonly maxBatchEvents: number };

/** Takes the events of one request for a project that exists: all of them or none. What it resolves with is durable. */
export type EventIntake = (request: IntakeRequest) => Promise<readonly AcceptedEvent[]>;

type Numbered = CheckedEvent & { readonly eventId: string };

export async function eventIntake(ports: IntakePorts, { maxEventBytes, maxBatchEvents }: IntakeLimits): Promise<EventIntake> {
  const { bus, events, clock, metrics, checks, positions, recent } = ports;
  const partitions = { events: await bus.partitions(topics.events), webhooks: await bus.partitions(topics.webhooks) };
  // Whose publication is under way: a repeat of it waits for that, so that its answer is true.
  const underWay = new Map<string, Promise<unknown>>();
  const accepted = metrics.counter({ name: 'hookyard_events_accepted_total', help: 'Events accepted for the first time' });
  const repeated = metrics.counter({ name: 'hookyard_events_repeated_total', help: 'Events ignored because their source and id were accepted before' });
  const warned = metrics.counter({ name: 'hookyard_events_not_fitting_total', help: 'Events accepted though they do not fit the schema of their type' });

  async function publishNew(project: string, numbered: readonly Numbered[]): Promise<readonly AcceptedEvent[]> {
    const known = await knownAmong(numbered.map((event) => event.eventId));
    const fresh = new Map<string, Numbered>();
    const answers = numbered.map((event) => {
      const duplicate = known.has(event.eventId) || fresh.has(event.eventId);
      if (!duplicate) fresh.set(event.eventId, event);
      return answer(event, duplicate);
    });
    await publish(project, [...fresh.values()]);
    accepted.inc(fresh.size);
    repeated.inc(answers.length - fresh.size);
    warned.inc([...fresh.values()].filter((event) => event.warnings.length > 0).length);
    return answers;
  }

  async function knownAmong(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const known = new Set(ids.filter((id) => recent.find(id) !== undefined));
    const unknown = [...new Set(ids)].filter((id) => !known.has(id));
    if (unknown.length > 0) for (const { id } of await events.getMany(unknown)) known.add(id);
    return known;
  }

  async function publish(project: string, fresh: readonly Numbered[]): Promise<void> {
    if (fresh.length === 0) return;
    const partition = partitionOf(project, partitions.events);
    const position = positions.newest(partitionOf(project, partitions.webhooks));
    const stamp = position === undefined ? {} : { [eventHeaders.webhooksPosition]: position };
    const messages = fresh.map(({ event }): OutgoingMessage => ({
      topic: topics.events,
      key: project,
      partition,
      value: event.data,
      headers: { ...toEventHeaders(event.attributes), ...stamp },
    }));
    const origins = await bus.publish(messages);
    fresh.forEach((event, n) => {
      const origin = origins[n];
      if (origin !== undefined) recent.add(event.eventId, origin);
    });
  }

  return async ({ project, headers, body }) => {
    const now = new Date(clock.now()).toISOString();
    const incoming = readEvents({ headers, body }, { project, now, maxEventBytes, maxEvents: maxBatchEvents });
    const numbered = checkTypes(incoming, checks).map((checked) => ({ ...checked, event: traced(checked.event, headers), eventId: idOf(checked.event) }));
    const before = numbered.flatMap((event) => underWay.get(event.eventId) ?? []);
    const work = Promise.allSettled(before).then(() => publishNew(project, numbered));
    for (const event of numbered) underWay.set(event.eventId, work);
    try {
      return await work;
    } finally {
      for (const event of numbered) if (underWay.get(event.eventId) === work) underWay.delete(event.eventId);
    }
  };
}

function idOf({ attributes }: IncomingEvent): string {
  return eventId(attributes.project, attributes.source, attributes.id);
}

function answer({ event, eventId, warnings }: Numbered, duplicate: boolean): AcceptedEvent {
  return { id: event.attributes.id, eventId, duplicate, ...(warnings.length === 0 ? {} : { warnings }) };
}

/** An event without a trace context of its own continues that of the request. A malformed header counts as none. */
function traced(event: IncomingEvent, headers: IncomingHttpHeaders): IncomingEvent {
  const traceparent = headers['traceparent'];
  if (event.attributes.traceparent !== undefined || typeof traceparent !== 'string' || parseTraceparent(traceparent) === undefined) return event;
  const { tracestate } = headers;
  return { ...event, attributes: { ...event.attributes, traceparent, ...(typeof tracestate === 'string' ? { tracestate } : {}) } };
}
