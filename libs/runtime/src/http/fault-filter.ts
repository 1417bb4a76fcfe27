import { isFault } from '@hookyard/event-schemas';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../ops/log.ts';
import { problemContentType, type ProblemDocument, problemOf, problemOfBreakage, problemOfStatus, serverRefusal } from './problem.ts';

/** The one exception filter: every refusal becomes a problem document, breakage a 500 that says only where to look it up. */
@Catch()
export class FaultFilter implements ExceptionFilter<unknown> {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = this.describe(error, request);
    for (const [name, value] of Object.entries(extraHeaders(error, problem))) void reply.header(name, value);
    void reply.status(problem.status).type(problemContentType).send(Buffer.from(JSON.stringify(problem)));
  }

  private describe(error: unknown, request: FastifyRequest): ProblemDocument {
    const place = { instance: request.url.split('?')[0] ?? '', requestId: request.id };
    const asked = { requestId: request.id, method: request.method, path: place.instance };
    if (isFault(error)) {
      const problem = problemOf(error, place);
      if (problem.status < 500) return problem;
      this.log.warn({ ...asked, code: error.code, err: error }, error.message);
      return problem;
    }
    const refusal = serverRefusal(error);
    if (refusal !== null) return problemOfStatus(refusal.status, refusal.detail, place);
    this.log.error({ ...asked, err: error }, 'a request broke');
    return problemOfBreakage(place);
  }
}

const defaultRetryAfterS = 1;

function extraHeaders(error: unknown, { status }: ProblemDocument): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Bearer' };
  if (status !== 429 && status !== 503) return {};
  const asked = isFault(error) ? error.details['retryAfterS'] : undefined;
  return { 'retry-after': String(typeof asked === 'number' ? asked : defaultRetryAfterS) };
}
