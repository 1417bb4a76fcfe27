import type { ComposeFile } from './compose-file.ts';
import type { Setting, SettingsPage } from './settings-page.ts';

/** `.env.example`: every setting with its meaning and its default, none of them set, and what `docker-compose.yml` makes of it. */
export function envExample(page: SettingsPage, compose: ComposeFile): string {
  return [
    '# Written by `npm run golden` from docs/settings.md and docker-compose.yml.',
    '# All settings, for docker compose: copy this file to .env and uncomment what shall be otherwise. Nothing needs to be: without .env',
    '# everything has its default, and the master key and the administrator\'s token are made up at the first start.',
    ...[...page].flatMap(([heading, settings]) => ['', `## ${heading.replaceAll('`', '')}`, ...settings.flatMap((setting) => entry(setting, compose))]),
    '',
  ].join('\n');
}

function entry(setting: Setting, compose: ComposeFile): readonly string[] {
  const { fixed, fallback } = useOf(setting.name, compose);
  const bounds = [setting.type, setting.range].filter((part) => part !== '').join(', ');
  if (fixed !== null) return ['', ...wrapped(setting.description), `# docker-compose.yml sets it: ${fixed}`, `#${setting.name}`];
  return ['', ...wrapped(setting.description), `# ${bounds}`, `#${setting.name}=${fallback ?? setting.default}`];
}

type Use = {
  /** What it is in every container, whatever `.env` says; null: `.env` is asked. */
  readonly fixed: string | null;
  /** What it is in containers when `.env` has none; null: what the code says. */
  readonly fallback: string | null;
};

function useOf(name: string, { services }: ComposeFile): Use {
  const found = Object.values(services).flatMap(({ environment = {}, ports = [] }) => [environment[name], ...ports.filter((port) => port.includes(`\${${name}`))]);
  const values = [...new Set(found.filter((value) => value !== undefined))];
  const asks = values.filter((value) => value === null || value.includes(`\${${name}`));
  const fallback = asks.map((value) => new RegExp(`\\$\\{${name}:?-([^}]*)\\}`).exec(value ?? '')?.[1]).find((value) => value !== undefined);
  return { fixed: asks.length > 0 ? null : values.join(' or '), fallback: fallback ?? null };
}

const width = 130;

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > width) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
