import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ComposeFile, type ComposeService, readCompose } from './compose-file.ts';
import { envExample } from './env-example.ts';
import { composeShape } from './compose-shape-harness.ts';
import { misfits } from './shape-harness.ts';
import { everyProcess, headingOf, readSettingsPage, root, section, serviceNames, type SettingsPage, settingsOf } from './settings-page.ts';

const servers = ['kafka', 'eventstore', 'mongodb'] as const;
const secretNames = ['HOOKYARD_MASTER_KEY', 'HOOKYARD_ADMIN_TOKEN'];
/** The folder that a process of its own has no use for. */
const unused = ['HOOKYARD_DATA_FOLDER'];

const settingsIn = ({ environment = {} }: ComposeService): readonly string[] => Object.keys(environment).filter((name) => name.startsWith('HOOKYARD_'));
const sorted = (names: Iterable<string>): readonly string[] => [...new Set(names)].sort();

describe('docker-compose.yml', () => {
  let compose: ComposeFile;
  let page: SettingsPage;
  let text: string;
  const service = (name: string): ComposeService => {
    const found = compose.services[name];
    if (found === undefined) throw new Error(`there is no service ${name}`);
    return found;
  };
  const all = (): readonly (readonly [string, ComposeService])[] => Object.entries(compose.services);
  const ours = (): readonly (readonly [string, ComposeService])[] => all().filter(([, { build }]) => build !== undefined);

  beforeAll(async () => {
    [compose, page, text] = await Promise.all([readCompose(), readSettingsPage(), readFile(join(root, 'docker-compose.yml'), 'utf8')]);
  });

  it('has only fields that Compose knows, each with a value of its kind', () => {
    expect(misfits(compose, composeShape)).toEqual([]);
  });

  it('gives every service the settings that it knows, all of them and no other', () => {
    for (const name of serviceNames) {
      const known = settingsOf(page, name).map((setting) => setting.name);
      expect([name, sorted(settingsIn(service(name)))]).toEqual([name, sorted(known.filter((setting) => ![...secretNames, ...unused].includes(setting)))]);
    }
  });

  it('gives the standalone host the settings of all five services', () => {
    const known = [everyProcess, ...serviceNames.map(headingOf)].flatMap((heading) => section(page, heading)).map(({ name }) => name);
    expect(sorted(settingsIn(service('standalone')))).toEqual(sorted(known));
  });

  it('gives operations on the whole installation the settings of all that works in it', () => {
    const known = serviceNames.flatMap((name) => settingsOf(page, name)).map((setting) => setting.name);
    expect(sorted(settingsIn(service('operations')))).toEqual(sorted(known.filter((setting) => ![...secretNames, ...unused].includes(setting))));
    expect(service('operations').volumes).toEqual(['master-key:/secrets/master-key:ro']);
  });

  it('tells every service where the servers are, by their names and ports in here', () => {
    for (const name of [...serviceNames, 'operations']) {
      expect(service(name).environment).toMatchObject({
        HOOKYARD_ENGINE: 'cluster',
        HOOKYARD_KAFKA_BROKERS: '${HOOKYARD_KAFKA_BROKERS:-kafka:9092}',
        HOOKYARD_EVENTSTORE_URL: '${HOOKYARD_EVENTSTORE_URL:-esdb://eventstore:2113?tls=false}',
        HOOKYARD_MONGODB_URL: '${HOOKYARD_MONGODB_URL:-mongodb://mongodb:27017/?replicaSet=rs0}',
      });
    }
    expect(service('kafka').environment?.['KAFKA_ADVERTISED_LISTENERS']).toContain('INSIDE://kafka:9092');
    expect(service('mongodb').command).toEqual(expect.arrayContaining(['--replSet', 'rs0']));
  });

  it('hands the master key and the administrator\'s token to those who need them, and to nobody else', () => {
    const given = (name: string): readonly string[] => (service(name).volumes ?? []).filter((volume) => volume.includes('/secrets/'));
    expect(Object.fromEntries(serviceNames.map((name) => [name, given(name)]))).toEqual({
      subscriptions: [],
      'delivery-log': [],
      matcher: [],
      dispatcher: ['master-key:/secrets/master-key:ro'],
      gateway: ['master-key:/secrets/master-key:ro', 'admin-token:/secrets/admin-token:ro'],
    });
    for (const name of serviceNames) {
      const files = (service(name).command ?? []).filter((argument) => argument.startsWith('--env-file='));
      expect(files).toEqual(given(name).map((volume) => `--env-file=${volume.split(':')[1]}/env`));
      expect(service(name).depends_on?.['secrets']?.condition).toBe(given(name).length > 0 ? 'service_completed_successfully' : undefined);
    }
    expect(text).not.toMatch(/hya_|[A-Za-z0-9+/]{43}=/);
  });

  it('asks .env for settings that there are, and .env.example lists all of them', async () => {
    const listed = (await readFile(join(root, '.env.example'), 'utf8')).match(/^#HOOKYARD_\w+/gm)?.map((name) => name.slice(1));
    expect(sorted(listed ?? [])).toEqual(sorted([...page.values()].flat().map(({ name }) => name)));
    const asked = [...text.replaceAll(/^ *#.*$/gm, '').matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
    for (const name of asked) expect(listed).toContain(name);
    expect(await readFile(join(root, '.env.example'), 'utf8')).toBe(envExample(page, compose));
  });

  it('runs programs that are built, in an image of this version', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    for (const [name, { image, entrypoint = [], command = [] }] of ours()) {
      expect([name, image]).toEqual([name, `${['demo', 'receiver'].includes(name) ? 'hookyard-tools' : 'hookyard'}:${version}`]);
      const program = [...entrypoint, ...command].find((argument) => argument.endsWith('js')) ?? '';
      expect([program, existsSync(join(root, program.replace('/dist/', '/src/').replace(/\.js$/, '.ts')))]).toEqual([program, true]);
    }
    for (const name of [...serviceNames, 'standalone']) expect(service(name).command?.at(-1)).toBe(`apps/${name}/dist/main.js`);
  });

  it('pins what it does not build to one version', () => {
    for (const name of servers) expect(service(name).image).toMatch(/:\d+\.\d+\.\d+$/);
  });

  it('publishes nothing beyond this machine, and the API where the gateway listens', () => {
    for (const [, { ports = [] }] of all()) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    for (const name of ['gateway', 'standalone']) {
      expect(service(name).environment).toMatchObject({ HOOKYARD_HOST: '0.0.0.0', HOOKYARD_PORT: '8080' });
      expect(service(name).ports).toEqual(['127.0.0.1:${HOOKYARD_PORT:-8080}:8080']);
    }
    for (const name of serviceNames) expect(service(name).environment).toMatchObject({ HOOKYARD_OPS_HOST: '0.0.0.0', HOOKYARD_OPS_PORT: '9090' });
  });

  it('lets no container of ours write to its image, become root or have capabilities', () => {
    for (const [, each] of ours()) {
      expect(each).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
      expect(each['privileged']).toBeUndefined();
      expect(each['user'] ?? '1000:1000').toBe('1000:1000');
    }
  });

  it('starts the servers first, who is asked before who asks, and the intake last', () => {
    for (const name of serviceNames) {
      for (const server of servers) expect(service(name).depends_on?.[server]?.condition).toBe('service_healthy');
    }
    for (const name of serviceNames.filter((other) => other !== 'gateway')) expect(service('gateway').depends_on?.[name]?.condition).toBe('service_healthy');
    for (const name of servers) expect(service(name)['healthcheck']).toMatchObject({ test: expect.anything() as unknown });
  });

  it('stops a process later than the process itself would, and starts again what ended', () => {
    for (const name of [...serviceNames, 'standalone']) expect(service(name)).toMatchObject({ stop_grace_period: '15s', restart: 'unless-stopped' });
  });

  it('keeps all data in volumes that are declared, and each is used', () => {
    const used = all().flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] ?? ''));
    expect(sorted(used)).toEqual(sorted(Object.keys(compose.volumes)));
  });

  it('keeps the servers to what the engine counts on', () => {
    expect(service('kafka').environment).toMatchObject({ KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false', KAFKA_OFFSETS_RETENTION_MINUTES: String(365 * 24 * 60) });
    expect(service('eventstore').environment).toMatchObject({ EVENTSTORE_RUN_PROJECTIONS: 'None', EVENTSTORE_ENABLE_ATOM_PUB_OVER_HTTP: 'false' });
  });

  it('starts the cluster alone unless it is asked for more', () => {
    const unasked = all().filter(([, { profiles = [] }]) => profiles.length === 0).map(([name]) => name);
    expect(sorted(unasked)).toEqual(sorted(['secrets', ...servers, ...serviceNames]));
  });

  it('has the services, and the files in them, that the documents name', async () => {
    for (const path of ['README.md', 'docs/deploy.md']) {
      const commands = [...(await readFile(join(root, path), 'utf8')).matchAll(/docker compose (exec|run|up)((?: -[-\w]+)*)((?: [a-z-]+)*)/g)];
      expect(commands.length).toBeGreaterThan(0);
      for (const [, verb, , words = ''] of commands) {
        const named = words.trim().split(' ').filter((word) => word !== '');
        for (const name of verb === 'up' ? named : named.slice(0, 1)) expect(Object.keys(compose.services)).toContain(name);
      }
    }
    expect(await readFile(join(root, 'deploy/image/secrets.mjs'), 'utf8')).toContain("'/secrets'");
  });
});
