import { Fault } from '@hookyard/event-schemas';
import type { FieldProblem } from '@hookyard/event-schemas';
import { UnsupportedMediaTypeException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { checkNesting } from '../events/incoming-event.ts';

type Done = (error: Error | null, body?: unknown) => void;

/**
 * How bodies are read: JSON, parsed, for all routes but the intake, which gets the bytes of whatever comes. Other media types
 * are refused with 415 unless a dialect reads them.
 */
export function useBodyParsers(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser('text/plain');
  app.useBodyParser('application/json', {}, (request: FastifyRequest, body: Buffer, done: Done) => {
    if (isIntake(request)) done(null, body);
    else if (body.length === 0) done(null, undefined);
    else if (isFlat(body, done)) void parseJson(request, body.toString('utf8'), done);
  });
  app.useBodyParser('*', {}, (request: FastifyRequest, body: Buffer, done: Done) => {
    if (isIntake(request)) done(null, body);
    else done(new UnsupportedMediaTypeException(`${request.headers['content-type'] ?? 'A body without Content-Type'} is not read here; send application/json.`));
  });
}

export function isIntake(request: FastifyRequest): boolean {
  return 'intake' in (request.routeOptions.config ?? {});
}

/** Whoever validates a request walks it recursively: what would exhaust the stack is refused before. */
function isFlat(body: Buffer, done: Done): boolean {
  const problems: FieldProblem[] = [];
  if (checkNesting(body, (_field, code, reason) => problems.push({ field: '', code, reason }))) return true;
  done(new Fault('invalid_request', { problems }));
  return false;
}
