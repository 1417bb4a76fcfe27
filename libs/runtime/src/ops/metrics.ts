import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type MetricOptions<Label extends string> = {
  /** With the prefix `hookyard_` and the unit at its end: `hookyard_deliveries_total`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
};

/** The metrics of one process. Asking twice for one name answers the same metric, so services may share it. */
export interface Metrics {
  readonly registry: Registry;
  counter<Label extends string = never>(options: MetricOptions<Label>): Counter<Label>;
  gauge<Label extends string = never>(options: MetricOptions<Label>): Gauge<Label>;
  /** Buckets in the metric's unit; the default suits seconds from 1 ms to 1 min. */
  histogram<Label extends string = never>(options: MetricOptions<Label> & { readonly buckets?: readonly number[] }): Histogram<Label>;
}

export const METRICS = Symbol('Metrics');

const secondsBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function createMetrics({ processMetrics = false }: { readonly processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const once = <Metric>(name: string, create: () => Metric): Metric => (registry.getSingleMetric(name) as Metric | undefined) ?? create();
  const common = <Label extends string>({ name, help, labels }: MetricOptions<Label>) => ({
    name,
    help,
    labelNames: labels ?? [],
    registers: [registry],
  });
  return {
    registry,
    counter: (options) => once(options.name, () => new Counter(common(options))),
    gauge: (options) => once(options.name, () => new Gauge(common(options))),
    histogram: (options) =>
      once(options.name, () => new Histogram({ ...common(options), buckets: [...(options.buckets ?? secondsBuckets)] })),
  };
}
