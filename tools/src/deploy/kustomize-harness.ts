/**
 * What `kubectl kustomize` makes of a folder, for tests that have no kubectl: resources, components, patches, labels, images and
 * generators, as far as deploy/kubernetes uses them; anything else is refused. Real: the files. Doubled: kustomize. Not told: the
 * hashes at the ends of generated names, and the order of resources.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

export type Fields = { [field: string]: unknown };
export type Resource = Fields & { readonly kind: string; readonly metadata: { readonly name: string; labels?: Fields } };

type Kustomization = {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly patches?: readonly Patch[];
  readonly labels?: readonly { readonly pairs: Fields; readonly includeTemplates: true }[];
  readonly images?: readonly { readonly name: string; readonly newName: string; readonly newTag: string }[];
  readonly configMapGenerator?: readonly Generated[];
  readonly secretGenerator?: readonly Generated[];
};
type Generated = { readonly name: string; readonly behavior?: 'merge'; readonly literals?: readonly string[]; readonly envs?: readonly string[] };
type Patch = { readonly path?: string; readonly patch?: string; readonly target: { readonly kind: string; readonly name?: string } };

const known = ['apiVersion', 'kind', 'namespace', 'resources', 'components', 'patches', 'labels', 'images', 'configMapGenerator', 'secretGenerator'];

export async function kustomize(folder: string): Promise<Resource[]> {
  return build(folder, []);
}

/** What lies at a path of fields and places, like `spec.containers.0.image`; undefined: nothing. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, step) => (typeof inner === 'object' && inner !== null ? (inner as Fields)[step] : undefined), value);
}

/** A component works on what was there before it. */
async function build(folder: string, before: readonly Resource[]): Promise<Resource[]> {
  const file = parse(await readFile(join(folder, 'kustomization.yaml'), 'utf8')) as Kustomization;
  const unknown = Object.keys(file).filter((field) => !known.includes(field));
  if (unknown.length > 0) throw new Error(`${folder}/kustomization.yaml: this harness does not know ${unknown.join(', ')}`);

  let all = await gathered(file, folder, before);
  for (const path of file.components ?? []) all = await build(join(folder, path), all);
  for (const each of file.patches ?? []) await patch(each, folder, all);
  for (const { pairs } of file.labels ?? []) all.forEach((resource) => label(resource, pairs));
  for (const image of file.images ?? []) all.forEach((resource) => rename(resource, image.name, `${image.newName}:${image.newTag}`));
  return all;
}

async function gathered(file: Kustomization, folder: string, before: readonly Resource[]): Promise<Resource[]> {
  const all = [...before];
  for (const path of file.resources ?? []) all.push(...(await resources(join(folder, path))));
  for (const each of file.configMapGenerator ?? []) await generate('ConfigMap', each, folder, all);
  for (const each of file.secretGenerator ?? []) await generate('Secret', each, folder, all);
  return all;
}

async function resources(path: string): Promise<Resource[]> {
  if (!path.endsWith('.yaml')) return build(path, []);
  return parseAllDocuments(await readFile(path, 'utf8')).map((document) => {
    if (document.errors[0] !== undefined) throw new Error(`${path}: ${document.errors[0].message}`);
    return document.toJS() as Resource;
  });
}

async function generate(kind: 'ConfigMap' | 'Secret', { name, behavior, literals = [], envs = [] }: Generated, folder: string, all: Resource[]): Promise<void> {
  const files = await Promise.all(envs.map((path) => readFile(join(folder, path), 'utf8')));
  const lines = [...literals, ...files.flatMap((text) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#')))];
  const values = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  const found = all.find((resource) => resource.kind === kind && resource.metadata.name === name);
  if ((found !== undefined) !== (behavior === 'merge')) throw new Error(`${folder}: ${kind} ${name} is ${found === undefined ? 'not there to be merged' : 'there already'}`);
  if (found === undefined) all.push({ apiVersion: 'v1', kind, metadata: { name }, data: values });
  else Object.assign(found['data'] as Fields, values);
}

async function patch({ path, patch: written, target }: Patch, folder: string, all: readonly Resource[]): Promise<void> {
  const name = new RegExp(`^(${target.name ?? '.*'})$`);
  const content: unknown = parse(written ?? (await readFile(join(folder, path ?? ''), 'utf8')));
  for (const resource of all.filter(({ kind, metadata }) => kind === target.kind && name.test(metadata.name))) {
    if (Array.isArray(content)) (content as { op: string; path: string }[]).forEach((operation) => apply(resource, operation));
    else Object.assign(resource, merged(resource, { ...(content as Fields), metadata: {} }));
  }
}

function apply(resource: Resource, { op, path }: { readonly op: string; readonly path: string }): void {
  const steps = path.split('/').slice(1);
  const last = steps.pop() ?? '';
  const parent = at(resource, steps.join('.'));
  if (op !== 'remove' || !isFields(parent) || !(last in parent)) throw new Error(`this harness cannot ${op} ${path}`);
  delete parent[last];
}

/** A strategic merge: fields by name, lists of named things by their names, other lists replaced. */
function merged(before: unknown, after: unknown): unknown {
  if (isNamedList(before) && isNamedList(after)) {
    const other = after.filter(({ name }) => !before.some((each) => each['name'] === name));
    return [...before.map((each) => merged(each, after.find(({ name }) => name === each['name']) ?? {})), ...other];
  }
  if (!isFields(before) || !isFields(after)) return after;
  return { ...before, ...Object.fromEntries(Object.entries(after).map(([field, value]) => [field, field in before ? merged(before[field], value) : value])) };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNamedList(value: unknown): value is readonly Fields[] {
  return Array.isArray(value) && value.every((each) => isFields(each) && 'name' in each);
}

function label(resource: Resource, pairs: Fields): void {
  resource.metadata.labels = { ...resource.metadata.labels, ...pairs };
  const inner = at(resource, 'spec.template.metadata');
  if (isFields(inner)) inner['labels'] = { ...(inner['labels'] as Fields), ...pairs };
}

function rename(resource: Resource, name: string, image: string): void {
  for (const container of (at(resource, 'spec.template.spec.containers') ?? []) as { image: string }[]) {
    if (container.image.split(':')[0] === name) container.image = image;
  }
}
