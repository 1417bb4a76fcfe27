import type { Headers } from '@hookyard/event-schemas';
import { checkNesting, incomingEvent, isJson, noPayload, parseJson, spot, type EventContext, type IncomingEvent, type Payload } from './incoming-event.ts';
import { problemList, type Report } from './problems.ts';
import { readStructured } from './structured-mode.ts';

export type KafkaMessage = {
  readonly headers: Headers;
  readonly value: Buffer | null;
  /** What `time` becomes when the event names none: milliseconds since the epoch. */
  readonly publishedAt: number;
};

/** Whether the value holds attributes and payload together, rather than the payload alone. */
export function isStructured(headers: Headers): boolean {
  return (headers['content-type'] ?? '').toLowerCase().startsWith('application/cloudevents');
}

/**
 * A producer's own message, checked as the events of a request are; refused with the fault that names every problem.
 * Binary and structured content mode: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 */
export function readKafkaMessage(message: KafkaMessage, maxEventBytes: number): Pick<IncomingEvent, 'attributes' | 'data'> {
  const problems = problemList();
  const context: EventContext = { now: new Date(message.publishedAt).toISOString(), maxEventBytes };
  const event = isStructured(message.headers) ? structured(message, context, problems.report) : binary(message, context, problems.report);
  problems.refuse();
  if (event === null) throw new Error('an event was refused without a reason');
  return event;
}

function structured({ headers, value }: KafkaMessage, context: EventContext, report: Report): IncomingEvent | null {
  const [type] = (headers['content-type'] ?? '').toLowerCase().split(';');
  if (type?.trim() === 'application/cloudevents+json') return readStructured(value ?? Buffer.alloc(0), context, report);
  report('content-type', 'unsupported', 'structured events are application/cloudevents+json, one for each message');
  return null;
}

function binary({ headers, value }: KafkaMessage, context: EventContext, report: Report): IncomingEvent | null {
  const attributes: Record<string, unknown> = {};
  for (const [header, text] of Object.entries(headers)) if (header.startsWith('ce_')) attributes[header.slice('ce_'.length)] = text;
  const type = headers['content-type'];
  if (type !== undefined) attributes['datacontenttype'] = type;
  return incomingEvent(attributes, payload(value ?? Buffer.alloc(0), type, report), context, spot('', report));
}

function payload(data: Buffer, type: string | undefined, report: Report): Payload | null {
  if (type === undefined || !isJson(type)) return data.length === 0 ? noPayload : { data, value: undefined };
  const value = parseJson(data, report, 'data');
  return value === undefined || !checkNesting(data, report) ? null : { data, value };
}
