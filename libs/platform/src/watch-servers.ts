import type { Watched } from '@hookyard/ports';
import type { Health, Metrics } from '@hookyard/runtime';
import { Counter } from 'prom-client';

/** Shows in health and metrics how the connections to the engine's servers stand. */
export function watchServers(servers: Readonly<Record<string, Watched>>, { health, metrics }: { readonly health: Health; readonly metrics: Metrics }): void {
  for (const [name, server] of Object.entries(servers)) {
    health.register(name, () => {
      const { ok, detail } = server.state();
      return detail === undefined ? { ok } : { ok, detail };
    });
  }
  new Counter({
    name: 'hookyard_server_events_total',
    help: 'What happened on the connections to Kafka, EventStoreDB and MongoDB, by what it was',
    labelNames: ['server', 'what'],
    registers: [metrics.registry],
    collect() {
      this.reset();
      for (const [server, watched] of Object.entries(servers)) {
        for (const [what, count] of Object.entries(watched.state().counters)) this.inc({ server, what }, count);
      }
    },
  });
}
