/**
 * Who may import whom. Reads every import of every file, so it needs no fresh graph and cannot pass by accident.
 * The table is explained in docs/map.md; `nx graph` draws the same edges.
 */
import { dirname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { conclude, filesBelow, imports, isTest, packageOf, packages } from './workspace.mjs';

const mayDependOn = {
  pure: ['pure'],
  port: ['pure', 'port'],
  adapter: ['pure', 'port'],
  runtime: ['pure', 'port', 'runtime'],
  wiring: ['pure', 'port', 'adapter', 'runtime', 'wiring'],
  service: ['pure', 'port', 'runtime'],
  edge: ['pure', 'port', 'runtime'],
  host: ['pure', 'port', 'runtime', 'wiring', 'service'],
  tool: ['pure', 'port', 'adapter', 'runtime', 'wiring', 'edge', 'tool'],
};

const drivers = /^(kafkajs|mongodb|@eventstore\/db-client|@photostructure\/sqlite|node:sqlite)$/;
const input = /^(node:(fs|net|http|https|http2|tls|dgram|dns|child_process|worker_threads)(\/.*)?|undici|axios|fastify|@nestjs\/.*)$/;

/** What a layer may not import from outside the workspace. */
const banned = {
  pure: [drivers, input],
  port: [drivers, /^@nestjs\//],
  adapter: [/^@nestjs\//],
  runtime: [drivers],
  service: [drivers],
  edge: [drivers],
  host: [drivers],
};

/** Every breach in the given packages, as sentences. */
export function breaches(all) {
  const byName = new Map(all.map((found) => [found.name, found]));
  return all.flatMap((from) => [
    ...(from.layer in mayDependOn ? [] : [`${from.folder}/package.json: nx.tags names no known layer`]),
    ...filesBelow(join(from.folder, 'src'), '.ts').flatMap((path) =>
      imports(path).flatMap(({ specifier, line }) => judge({ from, path, specifier, byName }).map((reason) => `${path}:${line}: ${reason}`)),
    ),
    ...cycles(from.folder),
  ]);
}

function judge({ from, path, specifier, byName }) {
  if (specifier.startsWith('.')) {
    return normalize(join(dirname(path), specifier)).startsWith(`${from.folder}/`) ? [] : [`reaches out of its package: ${specifier}`];
  }
  const name = packageOf(specifier);
  const to = byName.get(name);
  if (to === undefined) return judgeExternal({ from, path, name, specifier });
  return [...allowed({ from, to, path }), ...declared({ from, name, path })];
}

function allowed({ from, to, path }) {
  if (to.name === from.name) return [];
  if (mayDependOn[from.layer]?.includes(to.layer)) return [];
  // A test may use the embedded engines as its doubles.
  if (isTest(path) && to.embedded) return [];
  // A test that needs servers may start its own.
  if (/\.cluster\.spec\.ts$/.test(path) && to.name === '@hookyard/test-servers') return [];
  // A service's main.ts is where the wiring comes in; the gateway alone mounts the dialects' REST APIs.
  if (from.layer === 'service' && to.layer === 'wiring' && path === `${from.folder}/src/main.ts`) return [];
  if (from.name === '@hookyard/gateway' && to.layer === 'edge') return [];
  return [`${from.layer} may not import ${to.layer} ${to.name}`];
}

function judgeExternal({ from, path, name, specifier }) {
  const ban = (banned[from.layer] ?? []).find((pattern) => pattern.test(specifier));
  if (ban !== undefined && !isTest(path)) return [`${from.layer} may not import ${specifier}`];
  return declared({ from, name, path });
}

function declared({ from, name, path }) {
  if (name.startsWith('node:') || name === from.name) return [];
  if (from.manifest.dependencies?.[name] !== undefined) return [];
  // The tools that tests run on are declared once, at the root; doubles are declared where they are used.
  if (isTest(path) && (from.manifest.devDependencies?.[name] !== undefined || /^(@jest\/globals|standardwebhooks)$/.test(name))) return [];
  return [`${name} is not declared in ${from.folder}/package.json`];
}

/** Import cycles among the files of one package: under ESM with decorators they crash at start. */
function cycles(folder) {
  const edges = new Map(
    filesBelow(join(folder, 'src'), '.ts').map((path) => [
      path,
      imports(path)
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => normalize(join(dirname(path), specifier))),
    ]),
  );
  const state = new Map();
  const found = [];
  const visit = (path, trail) => {
    if (state.get(path) === 'done' || !edges.has(path)) return;
    if (state.get(path) === 'open') {
      found.push(`${path}: import cycle ${[...trail.slice(trail.indexOf(path)), path].join(' → ')}`);
      return;
    }
    state.set(path, 'open');
    for (const next of edges.get(path)) visit(next, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const all = packages();
  conclude(breaches(all), `boundaries: ${all.length} packages keep to their layers`);
}
