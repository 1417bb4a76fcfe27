import { Fault, type FaultCode, faultCodes } from '@hookyard/event-schemas';
import { Body, Controller, Get, Module, Param, Post } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Type } from 'class-transformer';
import { IsInt, IsString, Min, ValidateNested } from 'class-validator';
import { createHealth, HEALTH } from '../ops/health.ts';
import { createLog } from '../ops/log.ts';
import { createMetrics, METRICS } from '../ops/metrics.ts';
import { AuthGuard, type Authenticator, type Caller, CurrentCaller, Needs, TOKEN_AUTHENTICATOR } from './auth.ts';
import { faultStatus } from './fault-status.ts';
import { dressEdge, fastifyEdge } from './http-edge.ts';
import { OpsController } from './ops.controller.ts';

class Header {
  @IsString()
  readonly name!: string;
}

class CreateThing {
  @IsInt() @Min(1)
  readonly size!: number;
  @ValidateNested({ each: true }) @Type(() => Header)
  readonly headers!: Header[];
}

@Controller('v1/projects/:project')
class Things {
  @Post('things') @Needs('manage')
  create(@Body() request: CreateThing): unknown {
    return request;
  }

  @Get('faults/:code') @Needs('read')
  refuse(@Param('code') code: FaultCode): never {
    throw new Fault(code, code === 'overloaded' ? { retryAfterS: 7 } : {});
  }

  @Get('broken') @Needs('read')
  broken(): never {
    throw new Error('the cat is out');
  }

  @Get('whoami') @Needs('read', 'manage')
  whoami(@CurrentCaller() caller: Caller): unknown {
    return caller.actor;
  }

  @Get('unsaid')
  unsaid(): string {
    return 'for the administrator';
  }
}

const callers: Readonly<Record<string, Caller>> = {
  admin: { actor: { kind: 'admin', id: 'admin' }, isAdmin: true, scopes: [] },
  reader: { actor: { kind: 'token', id: 'tok_1' }, isAdmin: false, project: 'p1', scopes: ['read'] },
};
const authenticator: Authenticator = { authenticate: async (bearer) => callers[bearer] ?? null };

@Module({
  controllers: [Things, OpsController],
  providers: [
    { provide: TOKEN_AUTHENTICATOR, useValue: authenticator },
    { provide: APP_GUARD, useClass: AuthGuard },
    { provide: HEALTH, useFactory: createHealth },
    { provide: METRICS, useFactory: () => createMetrics() },
  ],
})
class Edge {}

describe('the REST edge', () => {
  const lines: string[] = [];
  let app: NestFastifyApplication;
  let base: string;

  beforeAll(async () => {
    app = await NestFactory.create<NestFastifyApplication>(Edge, fastifyEdge(), { logger: false });
    dressEdge(app, createLog({ level: 'info', pretty: false, destination: { write: (line) => lines.push(line) } }));
    await app.listen(0, '127.0.0.1');
    base = await app.getUrl();
  });
  afterAll(() => app.close());

  const ask = (path: string, token: string | null = 'admin', init: RequestInit = {}) =>
    fetch(`${base}${path}`, { ...init, headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) } });

  it('lists everything wrong with a request at once, with nested paths, unknown fields included', async () => {
    const answer = await ask('/v1/projects/p1/things', 'admin', { method: 'POST', body: JSON.stringify({ size: 0, headers: [{ name: 1 }], colour: 'red' }) });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
    const problem = (await answer.json()) as { code: string; problems: { field: string; code: string }[] };
    expect(problem.code).toBe('invalid_request');
    expect(problem.problems.map(({ field, code }) => [field, code])).toEqual([
      ['colour', 'unknown_field'],
      ['size', 'min'],
      ['headers[0].name', 'is_string'],
    ]);
  });

  it('answers a fault as a problem document with its code, its status and the id of the request', async () => {
    const answer = await ask('/v1/projects/p1/faults/webhook_not_found');
    expect([answer.status, await answer.json()]).toEqual([
      404,
      {
        type: 'urn:hookyard:problem:webhook_not_found',
        title: faultCodes.webhook_not_found,
        status: 404,
        code: 'webhook_not_found',
        detail: faultCodes.webhook_not_found,
        instance: '/v1/projects/p1/faults/webhook_not_found',
        requestId: answer.headers.get('x-request-id'),
      },
    ]);
  });

  it('says when to come again when it is overloaded', async () => {
    const answer = await ask('/v1/projects/p1/faults/overloaded');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7']);
  });

  it('tells nothing of what broke, but logs it under the id of the request', async () => {
    const answer = await ask('/v1/projects/p1/broken');
    const problem = (await answer.json()) as { code: string; requestId: string };
    expect([answer.status, problem.code]).toEqual([500, 'internal_error']);
    expect(JSON.stringify(problem)).not.toContain('cat');
    expect(lines.find((line) => line.includes(problem.requestId))).toContain('the cat is out');
  });

  it('speaks the same way of routes that do not exist, broken JSON and bodies too large', async () => {
    const post = (body: string) => ask('/v1/projects/p1/things', 'admin', { method: 'POST', body });
    const answers = [await ask('/elsewhere'), await post('{'), await post(`"${'x'.repeat(2 ** 20)}"`)];
    expect(answers.map(({ status }) => status)).toEqual([404, 400, 413]);
    const codes = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { code: string }).code));
    expect(codes).toEqual(['not_found', 'invalid_request', 'payload_too_large']);
  });

  it('asks for a valid bearer token', async () => {
    for (const token of [null, 'unknown', 'two words']) {
      const answer = await ask('/v1/projects/p1/whoami', token);
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    }
  });

  it('lets a token do what its scopes say, in its own project only, and the administrator everything', async () => {
    const statuses = async (token: string) =>
      Promise.all(['/v1/projects/p1/whoami', '/v1/projects/p2/whoami', '/v1/projects/p1/unsaid'].map(async (path) => (await ask(path, token)).status));
    expect(await statuses('reader')).toEqual([200, 403, 403]);
    expect(await statuses('admin')).toEqual([200, 200, 200]);
    expect((await ask('/v1/projects/p1/things', 'reader', { method: 'POST', body: '{}' })).status).toBe(403);
  });

  it('answers health and metrics without a token', async () => {
    for (const path of ['/health/live', '/health/ready', '/metrics']) expect((await ask(path, null)).status).toBe(200);
  });

  it('has a status for every fault', () => {
    expect(Object.keys(faultStatus).sort()).toEqual(Object.keys(faultCodes).sort());
  });
});
