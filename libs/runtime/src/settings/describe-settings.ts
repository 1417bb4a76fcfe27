import { getMetadataStorage } from 'class-validator';
import { defaultsOf, type SettingsClass, settingsOf } from './setting.ts';

/** One row of the documentation of settings. */
export type SettingDescription = {
  readonly name: string;
  readonly type: string;
  /** As one would write it in the environment; empty when there is none. */
  readonly default: string;
  readonly range: string;
  readonly description: string;
};

/** What a class's settings are, for the generated page: nobody maintains that by hand. */
export function describeSettings(type: SettingsClass): readonly SettingDescription[] {
  const defaults = defaultsOf(type);
  return settingsOf(type).map(({ field, name, kind, description, options }) => ({
    name,
    type: { string: 'text', number: 'number', boolean: 'true or false', strings: 'list', numbers: 'list of numbers' }[kind],
    default: options.secret ? '' : written(defaults[field]),
    range: options.range ?? rangeOf(type, field),
    description,
  }));
}

function written(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function rangeOf(type: SettingsClass, field: string): string {
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', true, false).filter(({ propertyName }) => propertyName === field);
  const limit = (rule: string): unknown => rules.find(({ name }) => name === rule)?.constraints?.[0];
  const [low, high, choices] = [limit('min') as number | undefined, limit('max') as number | undefined, limit('isIn')];
  if (Array.isArray(choices)) return choices.join(', ');
  if (low !== undefined && high !== undefined) return `${low} to ${high}`;
  if (low !== undefined) return `at least ${low}`;
  return high === undefined ? '' : `at most ${high}`;
}
