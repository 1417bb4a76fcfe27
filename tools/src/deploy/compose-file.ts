import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from './settings-page.ts';

/** What of a container's description is looked at here. */
export type ComposeService = {
  readonly image: string;
  readonly build?: string | { readonly context: string; readonly target?: string };
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** Null: passed on from `.env` when it has it. */
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly [field: string]: unknown;
};

export type ComposeFile = {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
};

/** `docker-compose.yml` with its anchors and merges resolved and the parts of `x-…` gone into them, its variables left as they stand. */
export async function readCompose(): Promise<ComposeFile> {
  const parsed = parse(await readFile(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as ComposeFile;
  return Object.fromEntries(Object.entries(parsed).filter(([name]) => !name.startsWith('x-'))) as ComposeFile;
}
