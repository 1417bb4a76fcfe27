import { createHealth } from './health.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { opsAnswers } from './ops-answers.ts';
import { openOpsServer } from './ops-server.ts';
import { prettyLine } from './pretty-lines.ts';
import { formatTraceparent, parseTraceparent, startSpan } from './trace.ts';

describe('the log', () => {
  it('redacts authorization, secrets and tokens wherever they stand, up to three levels down', () => {
    const lines: string[] = [];
    const log = createLog({ level: 'info', pretty: false, destination: { write: (line) => lines.push(line) } });
    log.info({ token: 'whsec_1', request: { headers: { authorization: 'Bearer whsec_2' } }, webhook: { secret: 'whsec_3' } }, 'seen');
    expect(lines.join()).not.toContain('whsec_');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', msg: 'seen', token: '[redacted]' });
  });

  it('writes nothing below its level', () => {
    const lines: string[] = [];
    createLog({ level: 'warn', pretty: false, destination: { write: (line) => lines.push(line) } }).info('quiet');
    expect(lines).toEqual([]);
  });

  it('can be read by a person at a terminal', () => {
    const line = prettyLine('{"level":"warn","time":"2026-11-20T10:11:12.345Z","service":"matcher","webhookId":"wh_1","msg":"disabled"}');
    expect(line).toContain('10:11:12.345 warn  matcher: disabled {"webhookId":"wh_1"}');
  });
});

describe('health', () => {
  it('is ready when every check is, and says which one is not', async () => {
    const health = createHealth();
    health.register('matcher', () => ({ ok: true }));
    expect(await health.report()).toEqual({ ok: true, checks: { matcher: { ok: true } } });
    const forget = health.register('engine', () => Promise.reject(new Error('the disk is full')));
    expect(await health.report()).toEqual({ ok: false, checks: { matcher: { ok: true }, engine: { ok: false, detail: 'the disk is full' } } });
    forget();
    expect((await health.report()).ok).toBe(true);
  });
});

describe('metrics', () => {
  it('answer the same metric for one name, so that services of one process share it', async () => {
    const metrics = createMetrics();
    const options = { name: 'hookyard_things_total', help: 'Things.', labels: ['kind'] as const };
    metrics.counter(options).inc({ kind: 'a' });
    metrics.counter(options).inc({ kind: 'a' });
    expect(await metrics.registry.metrics()).toContain('hookyard_things_total{kind="a"} 2');
  });
});

describe('the ops server', () => {
  it('serves liveness, readiness and metrics', async () => {
    const health = createHealth();
    const server = await openOpsServer(opsAnswers(health, createMetrics()), { host: '127.0.0.1', port: 0 });
    const ask = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);
    try {
      expect((await ask('/health/live')).status).toBe(200);
      expect((await ask('/health/ready')).status).toBe(200);
      health.register('matcher', () => ({ ok: false, detail: 'stands still' }));
      const red = await ask('/health/ready');
      expect([red.status, await red.json()]).toEqual([503, { status: 'not ready', checks: { matcher: { ok: false, detail: 'stands still' } } }]);
      expect((await ask('/metrics')).status).toBe(200);
      expect((await ask('/elsewhere')).status).toBe(404);
    } finally {
      await server.close();
    }
  });
});

describe('trace context', () => {
  const text = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

  it('is read and written as W3C says', () => {
    const context = parseTraceparent(text);
    expect(context).toEqual({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 });
    expect(context && formatTraceparent(context)).toBe(text);
  });

  it('is ignored when it is not valid', () => {
    for (const wrong of [undefined, '', 'x', text.replace('4bf', 'XYZ'), `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, `ff${text.slice(2)}`]) {
      expect(parseTraceparent(wrong)).toBeUndefined();
    }
  });

  it('goes on in a new span of the same trace', () => {
    const parent = parseTraceparent(text);
    const span = startSpan(parent);
    expect(span).toMatchObject({ traceId: parent?.traceId, traceFlags: 1 });
    expect(span.spanId).not.toBe(parent?.spanId);
    expect(startSpan().traceId).toMatch(/^[0-9a-f]{32}$/);
  });
});
