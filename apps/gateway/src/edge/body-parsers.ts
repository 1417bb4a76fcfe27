import { readJsonBody } from '@hookyard/runtime/http';
import { UnsupportedMediaTypeException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

type Done = (error: Error | null, body?: unknown) => void;

/**
 * How bodies are read: JSON, parsed, for all routes but the intake, which gets the bytes of whatever comes. Other media types
 * are refused with 415 unless a dialect reads them.
 */
export function useBodyParsers(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  server.removeContentTypeParser('text/plain');
  app.useBodyParser('application/json', {}, (request: FastifyRequest, body: Buffer, done: Done) => {
    if (isIntake(request)) done(null, body);
    else parse(body, done);
  });
  app.useBodyParser('*', {}, (request: FastifyRequest, body: Buffer, done: Done) => {
    if (isIntake(request)) done(null, body);
    else done(new UnsupportedMediaTypeException(`${request.headers['content-type'] ?? 'A body without Content-Type'} is not read here; send application/json.`));
  });
}

export function isIntake(request: FastifyRequest): boolean {
  return 'intake' in (request.routeOptions.config ?? {});
}

function parse(body: Buffer, done: Done): void {
  try {
    done(null, body.length === 0 ? undefined : readJsonBody(body));
  } catch (error) {
    done(error as Error);
  }
}
