import type { IncomingHttpHeaders } from 'node:http';
import { problemList, readBatch, readStructured } from '@hookyard/cloudevents';
import type { EventContext, IncomingEvent } from '@hookyard/cloudevents';
import { UnsupportedMediaTypeException } from '@nestjs/common';
import { hasEventHeaders, readBinary } from './binary-mode.ts';

export type EventRequest = { readonly headers: IncomingHttpHeaders; readonly body: Buffer };

export const eventMediaTypes = { structured: 'application/cloudevents+json', batch: 'application/cloudevents-batch+json', json: 'application/json' } as const;

/** The events of one request in whichever mode it comes, or a fault that names every problem of every event. */
export function readEvents({ headers, body }: EventRequest, context: EventContext & { readonly maxEvents: number }): readonly IncomingEvent[] {
  const problems = problemList();
  const events = readByMode(headers, body, context, problems.report);
  problems.refuse();
  return events ?? [];
}

function readByMode(
  headers: IncomingHttpHeaders,
  body: Buffer,
  context: EventContext & { readonly maxEvents: number },
  report: ReturnType<typeof problemList>['report'],
): readonly IncomingEvent[] | null {
  const type = mediaTypeOf(headers['content-type']);
  if (type === eventMediaTypes.batch) return readBatch(body, context, report);
  if (type === eventMediaTypes.structured) return one(readStructured(body, context, report));
  if (type.startsWith('application/cloudevents')) throw unsupported(type);
  if (hasEventHeaders(headers)) return one(readBinary(headers, body, context, report));
  if (type === eventMediaTypes.json) return one(readStructured(body, context, report));
  throw unsupported(type);
}

function one(event: IncomingEvent | null): readonly IncomingEvent[] | null {
  return event === null ? null : [event];
}

function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function unsupported(type: string): UnsupportedMediaTypeException {
  return new UnsupportedMediaTypeException(
    `${type === '' ? 'A request without Content-Type' : type} is no event: send ${eventMediaTypes.structured}, ${eventMediaTypes.batch}, or attributes as ce- headers.`,
  );
}
