import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';

export type OpsAnswer = { readonly status: number; readonly contentType: string; readonly body: string };

export type OpsAnswers = {
  /** The process runs: restart it when this does not answer. */
  live(): OpsAnswer;
  /** 503 while a part is not ready; the body says which and why. */
  ready(): Promise<OpsAnswer>;
  /** In the format that Prometheus scrapes. */
  metrics(): Promise<OpsAnswer>;
};

/** What `/health/live`, `/health/ready` and `/metrics` answer, whoever serves them. */
export function opsAnswers(health: Health, metrics: Metrics): OpsAnswers {
  return {
    live: () => json(200, { status: 'ok' }),
    async ready() {
      const { ok, checks } = await health.report();
      return json(ok ? 200 : 503, { status: ok ? 'ok' : 'not ready', checks });
    },
    async metrics() {
      return { status: 200, contentType: metrics.registry.contentType, body: await metrics.registry.metrics() };
    },
  };
}

function json(status: number, value: unknown): OpsAnswer {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(value) };
}
