import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../ops/log.ts';
import { nestLog } from '../ops/nest-log.ts';
import { FaultFilter } from './fault-filter.ts';
import { problemContentType, problemOfStatus } from './problem.ts';
import { validationPipe } from './validation.ts';

/** A service with a REST edge says so by a static `http` on its module class. */
export type HttpEdge<Settings extends object = object> = {
  readonly address: (settings: Settings) => { readonly host: string; readonly port: number };
  /** Largest request body in bytes. Default: Fastify's 1 MiB. */
  readonly maxBodyBytes?: (settings: Settings) => number;
  /** Parsers, documentation, whatever must be there before it listens. */
  readonly configure?: (app: NestFastifyApplication, settings: Settings) => Promise<void> | void;
};

// What we take over from a caller's x-request-id: nothing that could break a log line or a header.
const requestId = /^[A-Za-z0-9._:-]{1,128}$/;

/** A Fastify server for Nest: request ids, limits, no log of its own. */
export function fastifyEdge({ maxBodyBytes }: { readonly maxBodyBytes?: number | undefined } = {}): FastifyAdapter {
  const adapter = new FastifyAdapter({
    genReqId: (request: IncomingMessage) => {
      const asked = request.headers['x-request-id'];
      return typeof asked === 'string' && requestId.test(asked) ? asked : randomUUID();
    },
    forceCloseConnections: 'idle',
    frameworkErrors: refuseAddress,
    ...(maxBodyBytes === undefined ? {} : { bodyLimit: maxBodyBytes }),
  });
  adapter.getInstance().addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  return adapter;
}

/** An address that the router cannot read at all; it answers before any route or filter is asked. */
function refuseAddress(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const place = { instance: request.url.split('?')[0] ?? '', requestId: request.id };
  const problem = problemOfStatus(error.statusCode ?? 400, error.message, place);
  void reply.status(problem.status).type(problemContentType).send(JSON.stringify(problem));
}

/** The one fault filter and the one validation pipe, on every route. The auth guard comes with the module (`APP_GUARD`). */
export function dressEdge(app: NestFastifyApplication, log: Log): void {
  app.useGlobalFilters(new FaultFilter(log));
  app.useGlobalPipes(validationPipe());
}

/** Builds the HTTP application of a service from its root module; `listen` is left to the caller. */
export async function createEdge<Settings extends object>(
  root: DynamicModule,
  { edge, settings, log }: { readonly edge: HttpEdge<Settings>; readonly settings: Settings; readonly log: Log },
): Promise<NestFastifyApplication> {
  const adapter = fastifyEdge({ maxBodyBytes: edge.maxBodyBytes?.(settings) });
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, { logger: nestLog(log), abortOnError: false });
  dressEdge(app, log);
  await edge.configure?.(app, settings);
  return app;
}
