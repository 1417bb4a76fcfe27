import { ClusterSettings, OpsSettings, PlatformSettings, type Service, serviceName } from '@hookyard/platform';
import { describeSettings, type SettingDescription, type SettingsClass } from '@hookyard/runtime';
import { defaults, services } from './services.ts';

/** `docs/settings.md`, from the settings classes themselves. */
export function settingsPage(): string {
  return [
    '# Settings',
    '',
    'Written by `npm run golden` from the settings classes. Every setting is an environment variable; they are read once, at the start,',
    'and all that is wrong is said at once. An unknown variable that begins with `HOOKYARD_` is refused. An empty one counts as not set,',
    'save that it empties a list. Lists are separated by commas.',
    ...section('Every process', PlatformSettings),
    ...services.flatMap((service) => section(title(service), service.settings)),
    ...section('The engine `cluster`', ClusterSettings),
    ...section('A service that runs as a process of its own', OpsSettings),
    '',
  ].join('\n');
}

function title({ module }: Service): string {
  const name = serviceName(module);
  return name[0]?.toUpperCase() + name.slice(1);
}

function section(heading: string, type: SettingsClass): readonly string[] {
  const rows = describeSettings(type).map(row);
  if (rows.length === 0) return [];
  return ['', `## ${heading}`, '', '| Variable | Type | Default | Range | |', '| --- | --- | --- | --- | --- |', ...rows];
}

function row({ name, type, default: own, range, description }: SettingDescription): string {
  const standalone = (defaults as Readonly<Record<string, string>>)[name];
  const fallback = [own === '' ? '' : `\`${own}\``, standalone === undefined ? '' : `standalone: \`${standalone}\``].filter((part) => part !== '').join('; ');
  return `| \`${name}\` | ${type} | ${fallback} | ${range.replaceAll('|', '\\|')} | ${description.replaceAll('|', '\\|')} |`;
}
