import { validateSync } from 'class-validator';
import { type DeclaredSetting, type SettingsClass, settingsOf, settingsPrefix } from './setting.ts';

/** Everything wrong with the settings, each problem a sentence for the person who set them. */
export class SettingsRefused extends Error {
  override readonly name = 'SettingsRefused';
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

type Loaded<Classes extends readonly SettingsClass[]> = { readonly [K in keyof Classes]: Readonly<InstanceType<Classes[K]>> };

/**
 * Reads the settings of all classes that the host knows, frozen, in the order given. An empty variable counts as not set,
 * save that it empties a list.
 * Throws `SettingsRefused` with all problems at once; a variable with our prefix that no class declares is one.
 */
export function loadSettings<const Classes extends readonly SettingsClass[]>(
  classes: Classes,
  environment: Environment = processEnvironment(),
): Loaded<Classes> {
  const problems = unknownNames(classes, environment);
  const loaded = classes.map((type) => loadOne(type, environment, problems));
  if (problems.length > 0) throw new SettingsRefused([...new Set(problems)]);
  return loaded.map((settings) => Object.freeze(settings)) as unknown as Loaded<Classes>;
}

/** The environment of this process over a host's own defaults. The only place that reads it. */
export function processEnvironment(defaults: Environment = {}): Environment {
  return { ...defaults, ...process.env };
}

/** What is in force, for the log: environment name to value, secrets as `set` or `not set`. */
export function summarizeSettings(settings: object): Readonly<Record<string, unknown>> {
  const values = settings as Readonly<Record<string, unknown>>;
  const shown = settingsOf(settings.constructor as SettingsClass).map(({ field, name, options }) => {
    const value = values[field];
    return [name, options.secret ? (value === undefined ? 'not set' : 'set') : value] as const;
  });
  return Object.fromEntries(shown);
}

function loadOne(type: SettingsClass, environment: Environment, problems: string[]): object {
  const settings = new type() as Record<string, unknown>;
  const declared = settingsOf(type);
  const unreadable = new Set<string>();
  for (const setting of declared) {
    const text = environment[setting.name]?.trim();
    if (text === undefined || (text === '' && !isList(setting))) continue;
    const value = parse(setting, text);
    if (value === undefined) {
      unreadable.add(setting.field);
      problems.push(`${setting.name} must be ${expected[setting.kind]}${given(setting, text)}.`);
    } else settings[setting.field] = value;
  }
  for (const error of validateSync(settings, { skipMissingProperties: false, forbidUnknownValues: false })) {
    const setting = declared.find(({ field }) => field === error.property);
    if (setting === undefined || unreadable.has(setting.field)) continue;
    for (const message of Object.values(error.constraints ?? {})) {
      problems.push(`${message.replace(new RegExp(`\\b${setting.field}\\b`), setting.name)}${given(setting, environment[setting.name])}.`);
    }
  }
  return settings;
}

function isList({ kind }: DeclaredSetting): boolean {
  return kind === 'strings' || kind === 'numbers';
}

const expected = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  strings: 'a comma-separated list',
  numbers: 'a comma-separated list of numbers',
};

/** Undefined: not readable as this kind. */
function parse({ kind }: DeclaredSetting, text: string): unknown {
  if (kind === 'string') return text;
  if (kind === 'boolean') return { true: true, '1': true, false: false, '0': false }[text.toLowerCase()];
  if (kind === 'number') return number(text);
  const parts = text.split(',').map((part) => part.trim()).filter((part) => part !== '');
  if (kind === 'strings') return parts;
  const numbers = parts.map(number);
  return numbers.includes(undefined) ? undefined : numbers;
}

function number(text: string): number | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function given(setting: DeclaredSetting, text: string | undefined): string {
  if (text === undefined || text.trim() === '') return ' (it is not set)';
  return setting.options.secret ? ' (what is set is kept secret)' : ` (it is "${text}")`;
}

function unknownNames(classes: readonly SettingsClass[], environment: Environment): string[] {
  const known = new Set(classes.flatMap((type) => settingsOf(type).map(({ name }) => name)));
  return Object.keys(environment)
    .filter((name) => name.startsWith(settingsPrefix) && !known.has(name))
    .map((name) => `${name} is no setting of Hookyard; docs/settings.md lists all of them.`);
}
