import type { RenderedRequest } from '@hookyard/dialect';
import { formatTraceparent, parseTraceparent, startSpan } from '@hookyard/runtime';

const header = 'traceparent';

/** Carries the producer's trace to the receiver: each attempt is a span of its own within it. No trace, no header. */
export function withTrace(request: RenderedRequest, producer: string | undefined): RenderedRequest {
  const parent = parseTraceparent(producer);
  if (parent === undefined) return request;
  const others = request.headers.filter(({ name }) => name.toLowerCase() !== header);
  return { ...request, headers: [...others, { name: header, value: formatTraceparent(startSpan(parent)) }] };
}
