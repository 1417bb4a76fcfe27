import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One setting, as `docs/settings.md` describes it. */
export type Setting = {
  readonly name: string;
  readonly type: string;
  /** As one would write it; empty when there is none. */
  readonly default: string;
  readonly range: string;
  readonly description: string;
};

/** The settings of every part of Hookyard, by the headings of their page. */
export type SettingsPage = ReadonlyMap<string, readonly Setting[]>;

export const everyProcess = 'Every process';
export const sharedServers = 'The engine `cluster`';
export const ownProcess = 'A service that runs as a process of its own';

/** Services as processes of their own, in the order of their start. */
export const serviceNames = ['subscriptions', 'delivery-log', 'dispatcher', 'matcher', 'gateway'] as const;
export type ServiceName = (typeof serviceNames)[number];

export const root = join(import.meta.dirname, '../../..');

export async function readSettingsPage(): Promise<SettingsPage> {
  return parseSettingsPage(await readFile(join(root, 'docs/settings.md'), 'utf8'));
}

export function parseSettingsPage(page: string): SettingsPage {
  const sections = page.split(/^## /m).slice(1);
  return new Map(sections.map((section) => [section.slice(0, section.indexOf('\n')).trim(), rowsOf(section)]));
}

/** What a service knows as a process of its own; anything else with our prefix would be refused. */
export function settingsOf(page: SettingsPage, service: ServiceName): readonly Setting[] {
  return [everyProcess, sharedServers, ownProcess, headingOf(service)].flatMap((heading) => section(page, heading));
}

export function section(page: SettingsPage, heading: string): readonly Setting[] {
  const found = page.get(heading);
  if (found === undefined) throw new Error(`docs/settings.md has no section "${heading}"`);
  return found;
}

/** `delivery-log` stands there as `Delivery-log`. */
export function headingOf(service: ServiceName): string {
  return service.charAt(0).toUpperCase() + service.slice(1);
}

function rowsOf(text: string): Setting[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `HOOKYARD_'))
    .map((line) => {
      // A bar within a cell is written \|
      const [name = '', type = '', fallback = '', range = '', description = ''] = line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('\\|', '|'));
      return { name: name.replaceAll('`', ''), type, default: /^`([^`]*)`/.exec(fallback)?.[1] ?? '', range, description };
    });
}
