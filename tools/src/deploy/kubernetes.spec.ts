import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { at, kustomize, type Resource } from './kustomize-harness.ts';
import { kubernetesShapes } from './kubernetes-shape-harness.ts';
import { readSettingsPage, root, section, type ServiceName, serviceNames, type SettingsPage, settingsOf, sharedServers } from './settings-page.ts';
import { misfits } from './shape-harness.ts';

const folder = join(root, 'deploy/kubernetes');
const needsMasterKey: readonly ServiceName[] = ['dispatcher', 'gateway'];
const scaled = ['matcher', 'dispatcher', 'delivery-log', 'gateway'] as const;

describe('the Kubernetes manifests', () => {
  let base: Resource[];
  let example: Resource[];
  let page: SettingsPage;
  const ofKind = (resources: readonly Resource[], kind: string): readonly Resource[] => resources.filter((resource) => resource.kind === kind);
  const named = (resources: readonly Resource[], kind: string, name: string): Resource => {
    const found = ofKind(resources, kind).find(({ metadata }) => metadata.name === name);
    if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
    return found;
  };
  const deployed = (name: string, path: string): unknown => at(named(example, 'Deployment', name), path);
  const pod = (name: string, path: string): unknown => deployed(name, `spec.template.spec.${path}`);
  const app = (name: string, path: string): unknown => pod(name, `containers.0.${path}`);
  /** All variables that a process finds, as its maps and secrets give them. */
  const environment = (name: string): Readonly<Record<string, string>> => {
    const sources = app(name, 'envFrom') as { configMapRef?: { name: string }; secretRef?: { name: string } }[];
    const found = sources.map(({ configMapRef, secretRef }) => (configMapRef === undefined ? named(example, 'Secret', secretRef?.name ?? '') : named(example, 'ConfigMap', configMapRef.name)));
    return Object.assign({}, ...found.map((source) => source['data'])) as Record<string, string>;
  };

  beforeAll(async () => {
    [base, example, page] = await Promise.all([kustomize(join(folder, 'base')), kustomize(join(folder, 'overlays/example')), readSettingsPage()]);
  });

  it('have only fields that Kubernetes knows, each with a value of its kind', () => {
    for (const resources of [base, example]) {
      expect(resources.flatMap((resource) => misfits(resource, kubernetesShapes[resource.kind] ?? 'null', `${resource.kind} ${resource.metadata.name}`))).toEqual([]);
    }
  });

  it('are all used: no file lies beside the kustomizations', async () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => /\.(yaml|env)$/.test(path));
    const named = await Promise.all(files.filter((path) => path.endsWith('kustomization.yaml')).map(async (path) => [path, await readFile(join(folder, path), 'utf8')] as const));
    const mentioned = new Set(named.flatMap(([path, text]) => [...text.matchAll(/[\w-]+(\.[\w-]+)?\.(yaml|env)\b/g)].map(([file]) => join(path, '..', file))));
    expect(files.filter((path) => !path.endsWith('kustomization.yaml') && !mentioned.has(path))).toEqual([]);
  });

  it('run the five services, each with its own program, at least twice', () => {
    expect(ofKind(base, 'Deployment').map(({ metadata }) => metadata.name).sort()).toEqual([...serviceNames].sort());
    for (const name of serviceNames) {
      expect(app(name, 'args')).toEqual([`apps/${name}/dist/main.js`]);
      expect(at(named(base, 'Deployment', name), 'spec.replicas')).toBe(2);
    }
  });

  it('give every process settings that it knows and no other, with what it cannot do without', () => {
    for (const name of serviceNames) {
      const given = environment(name);
      const known = settingsOf(page, name).map((setting) => setting.name);
      expect([name, Object.keys(given).filter((variable) => !known.includes(variable))]).toEqual([name, []]);
      expect(given).toMatchObject({ HOOKYARD_ENGINE: 'cluster', HOOKYARD_OPS_HOST: '0.0.0.0' });
      for (const needed of ['HOOKYARD_KAFKA_BROKERS', 'HOOKYARD_EVENTSTORE_URL', 'HOOKYARD_MONGODB_URL']) expect(given[needed]).toMatch(/./);
      expect(['HOOKYARD_MASTER_KEY' in given, 'HOOKYARD_ADMIN_TOKEN' in given]).toEqual([needsMasterKey.includes(name), name === 'gateway']);
    }
  });

  it('keep passwords, keys and connection strings in Secrets', () => {
    const secret = section(page, sharedServers).map(({ name }) => name).filter((name) => /PASSWORD|_URL$/.test(name));
    for (const { data } of ofKind(example, 'ConfigMap')) for (const name of [...secret, 'HOOKYARD_MASTER_KEY', 'HOOKYARD_ADMIN_TOKEN']) expect(data).not.toHaveProperty(name);
  });

  it('bring example secrets that no process would start with', () => {
    expect(environment('gateway')).toMatchObject({ HOOKYARD_MASTER_KEY: 'replace-me', HOOKYARD_ADMIN_TOKEN: 'replace-me' });
  });

  it('ask on the ports that are served: health and metrics beside the API', () => {
    for (const name of serviceNames) {
      const ports = Object.fromEntries((app(name, 'ports') as { name: string; containerPort: number }[]).map((port) => [port.name, port.containerPort]));
      const { HOOKYARD_OPS_PORT: ops, HOOKYARD_PORT: http } = environment(name);
      expect(ports).toEqual({ ops: Number(ops), ...(name === 'gateway' ? { http: Number(http) } : {}) });
      const paths = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => app(name, `${probe}.httpGet`));
      expect(paths).toEqual([{ path: '/health/live', port: 'ops' }, { path: '/health/live', port: 'ops' }, { path: '/health/ready', port: 'ops' }]);
      expect(deployed(name, 'spec.template.metadata.annotations')).toMatchObject({ 'prometheus.io/port': ops, 'prometheus.io/path': '/metrics' });
    }
    expect(named(example, 'Service', 'gateway')['spec']).toMatchObject({ selector: { 'app.kubernetes.io/name': 'gateway' }, ports: [{ targetPort: 'http' }] });
  });

  it('ask for paths that a process answers', async () => {
    const server = await readFile(join(root, 'libs/runtime/src/ops/ops-server.ts'), 'utf8');
    for (const path of ['/health/live', '/health/ready', '/metrics']) expect(server).toContain(`'${path}'`);
  });

  it('let no process be root, write to its image, have capabilities or speak with the cluster', () => {
    for (const name of serviceNames) {
      expect(pod(name, 'automountServiceAccountToken')).toBe(false);
      expect(pod(name, 'securityContext')).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } });
      expect(app(name, 'securityContext')).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    }
  });

  it('let no Service become variables that a process would refuse', () => {
    for (const name of serviceNames) expect(pod(name, 'enableServiceLinks')).toBe(false);
  });

  it('give a process the time that it takes to start and to end', async () => {
    const [, drainMs] = /drainMs = ([\d_]+)/.exec(await readFile(join(root, 'libs/platform/src/until-signal.ts'), 'utf8')) ?? [];
    const startMs = Number(section(page, sharedServers).find(({ name }) => name === 'HOOKYARD_SERVER_START_TIMEOUT_MS')?.default);
    for (const name of serviceNames) {
      const pauseS = Number(app(name, 'lifecycle.preStop.sleep.seconds') ?? 0);
      expect(pod(name, 'terminationGracePeriodSeconds')).toBeGreaterThan(pauseS + Number(drainMs?.replace('_', '')) / 1_000);
      const tries = Number(app(name, 'startupProbe.failureThreshold'));
      expect(tries * Number(app(name, 'startupProbe.periodSeconds')) * 1_000).toBeGreaterThan(2 * startMs);
    }
  });

  it('bound the memory of a process, with room beside its heap', () => {
    const mebibytes = (quantity: unknown): number => Number.parseInt(String(quantity), 10) * (String(quantity).endsWith('Gi') ? 1_024 : 1);
    for (const name of serviceNames) {
      const limit = mebibytes(app(name, 'resources.limits.memory'));
      const [, heap] = /^--max-old-space-size=(\d+)$/.exec(String(app(name, 'env.0.value'))) ?? [];
      expect(Number(heap)).toBeLessThan(limit * 0.8);
      expect(mebibytes(app(name, 'resources.requests.memory'))).toBeLessThanOrEqual(limit);
    }
  });

  it('let one instance of a service be taken away at a time', () => {
    for (const name of serviceNames) {
      expect(named(example, 'PodDisruptionBudget', name)['spec']).toEqual({ maxUnavailable: 1, selector: { matchLabels: { 'app.kubernetes.io/name': name } } });
      expect(deployed(name, 'spec.selector')).toEqual({ matchLabels: { 'app.kubernetes.io/name': name } });
    }
  });

  it('scale by metrics that a process has, of groups and topics that there are, to no more instances than partitions', async () => {
    const watch = await readFile(join(root, 'libs/runtime/src/bus/lag-watch.ts'), 'utf8');
    expect(watch).toContain("name: 'hookyard_consumer_lag'");
    expect(watch).toContain("labels: ['group', 'topic']");
    const topics = await readFile(join(root, 'libs/event-schemas/src/topics.ts'), 'utf8');
    expect(ofKind(example, 'HorizontalPodAutoscaler').map(({ metadata }) => metadata.name).sort()).toEqual([...scaled].sort());
    for (const autoscaler of ofKind(example, 'HorizontalPodAutoscaler')) {
      const { name } = autoscaler.metadata;
      expect(at(autoscaler, 'spec.scaleTargetRef.name')).toBe(name);
      expect(deployed(name, 'spec.replicas')).toBeUndefined();
      expect(at(autoscaler, 'spec.minReplicas')).toBeGreaterThan(1);
      const lags = (at(autoscaler, 'spec.metrics') as unknown[]).map((metric) => at(metric, 'external.metric')).filter((metric) => metric !== undefined);
      expect(lags.length > 0).toBe(name !== 'gateway');
      for (const lag of lags) {
        expect([at(lag, 'name'), at(lag, 'selector.matchLabels.group')]).toEqual(['hookyard_consumer_lag', name]);
        expect(topics).toContain(`: '${String(at(lag, 'selector.matchLabels.topic'))}',`);
      }
      if (lags.length > 0) expect(at(autoscaler, 'spec.maxReplicas')).toBeLessThanOrEqual(Number(environment(name)['HOOKYARD_PARTITIONS']));
    }
  });

  it('have a rule for Prometheus that makes one number of what every instance of a group reports', async () => {
    const { rules } = parse(await readFile(join(folder, 'components/scaling/prometheus-adapter.values.yaml'), 'utf8')) as { rules: { external: { seriesQuery: string; metricsQuery: string }[] } };
    expect(rules.external.map(({ seriesQuery, metricsQuery }) => [seriesQuery, metricsQuery])).toEqual([
      ['hookyard_consumer_lag{namespace!=""}', 'max(<<.Series>>{<<.LabelMatchers>>}) by (group, topic)'],
    ]);
  });

  it('run one pinned image, that of this version', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    for (const name of serviceNames) {
      expect(at(named(base, 'Deployment', name), 'spec.template.spec.containers.0.image')).toBe(`hookyard:${version}`);
      expect(app(name, 'image')).toBe(`registry.example.com/hookyard:${version}`);
    }
  });

  it('are YAML that every reader understands alike: no field twice', async () => {
    for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'))) {
      const documents = parseAllDocuments(await readFile(join(folder, path), 'utf8'), { uniqueKeys: true, version: '1.1' });
      expect([path, documents.flatMap(({ errors }) => errors.map(({ message }) => message))]).toEqual([path, []]);
    }
  });
});
