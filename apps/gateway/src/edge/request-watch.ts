import type { Log, Metrics } from '@hookyard/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isIntake } from './body-parsers.ts';

const ops = /^\/(health\/|metrics$)/;

/**
 * One log line and one measurement for each answer. Neither holds headers, bodies or query strings: those are where secrets are.
 * Accepted events and the questions of monitoring are logged at level debug.
 */
export function requestWatch({ log, metrics }: { readonly log: Log; readonly metrics: Metrics }) {
  const seconds = metrics.histogram({ name: 'hookyard_http_request_seconds', help: 'Time from the head of a request to its answer', labels: ['method', 'route', 'status'] });
  const refused = metrics.counter({ name: 'hookyard_event_requests_refused_total', help: 'Requests with events that were refused', labels: ['status'] });
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const route = request.routeOptions.url ?? 'unknown';
    const status = reply.statusCode;
    seconds.observe({ method: request.method, route, status: String(status) }, reply.elapsedTime / 1_000);
    if (isIntake(request) && status >= 400) refused.inc({ status: String(status) });
    const path = request.url.split('?', 1)[0] ?? '';
    const line = { requestId: request.id, method: request.method, path, status, durationMs: Math.round(reply.elapsedTime) };
    if (status < 400 && (isIntake(request) || ops.test(path))) log.debug(line, 'answered');
    else log.info(line, 'answered');
  };
}
