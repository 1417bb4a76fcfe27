import { Fault } from '@hookyard/event-schemas';
import { LOG, METRICS } from '@hookyard/runtime';
import type { Log, Metrics } from '@hookyard/runtime';
import { TOKEN_AUTHENTICATOR } from '@hookyard/runtime/http';
import type { Authenticator } from '@hookyard/runtime/http';
import { MethodNotAllowedException, UnsupportedMediaTypeException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { serveDocs } from '../docs/serve-docs.ts';
import type { GatewaySettings } from '../gateway.settings.ts';
import { intakeBudget } from '../intake/intake-budget.ts';
import { PRESSURE } from '../intake/pressure.ts';
import type { Pressure } from '../intake/pressure.ts';
import { admission } from './admission.ts';
import { useBodyParsers } from './body-parsers.ts';
import { knownMethods } from './known-methods.ts';
import { requestWatch } from './request-watch.ts';

// Beyond this a client does not talk to us: it takes up a connection.
const headersTimeoutMs = 10_000;

/** Everything of the REST edge that concerns all routes, before there are any. */
export function configureEdge(app: NestFastifyApplication, settings: GatewaySettings): void {
  const server: FastifyInstance = app.getHttpAdapter().getInstance();
  const admit = admission({
    authenticator: app.get<Authenticator>(TOKEN_AUTHENTICATOR),
    pressure: app.get<Pressure>(PRESSURE),
    budget: intakeBudget(settings.gatewayMaxBytesInHand),
    maxBytes: settings.gatewayMaxBatchBytes,
  });
  const methods = knownMethods();
  server.addHook('onRoute', (route: RouteOptions) => {
    methods.add(route.method, route.url);
    if ('intake' in (route.config ?? {})) Object.assign(route, { bodyLimit: settings.gatewayMaxBatchBytes, onRequest: admit });
  });
  server.addHook('onRequest', async (request, reply) => {
    if (request.is404) refuseWrongMethod(request, reply, methods.at(request.url.split('?', 1)[0] ?? ''));
    refuseNul(request);
    refuseEncodedBody(request);
  });
  server.addHook('onResponse', requestWatch({ log: app.get<Log>(LOG), metrics: app.get<Metrics>(METRICS) }));
  limitTimes(app, settings.gatewayRequestTimeoutMs);
  useBodyParsers(app);
  serveDocs(app, server);
}

function refuseWrongMethod(request: FastifyRequest, reply: FastifyReply, known: readonly string[]): void {
  if (known.length === 0) return;
  void reply.header('allow', known.join(', '));
  throw new MethodNotAllowedException(`${request.method} is not for this address; ${known.join(', ')} may be.`);
}

/** No id and no filter holds one, and a database may take what stands before it for the whole. */
function refuseNul({ url }: FastifyRequest): void {
  if (url.includes('%00')) throw new Fault('invalid_request', {}, { message: 'An address holds no NUL character.' });
}

function refuseEncodedBody(request: FastifyRequest): void {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw new UnsupportedMediaTypeException('Bodies are read as they are: send them without Content-Encoding.');
}

function limitTimes(app: NestFastifyApplication, requestTimeoutMs: number): void {
  const server = app.getHttpServer();
  server.requestTimeout = requestTimeoutMs;
  server.headersTimeout = Math.min(headersTimeoutMs, requestTimeoutMs);
}
