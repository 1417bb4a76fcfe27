import 'reflect-metadata';

/** A class whose fields are settings: `@Setting` and class-validator rules on each, defaults as initial values. */
export type SettingsClass<T extends object = object> = new () => T;

export type SettingOptions = {
  /** Never shown: summaries say `set` or `not set`. A secret has no default. */
  readonly secret?: boolean;
  /** For the documentation, when the rules alone do not say it, or the default depends on the machine. */
  readonly range?: string;
};

export type SettingKind = 'string' | 'number' | 'boolean' | 'strings' | 'numbers';

export type DeclaredSetting = {
  readonly field: string;
  /** The environment variable: `HOOKYARD_` and the field's name in upper snake case. */
  readonly name: string;
  readonly description: string;
  readonly kind: SettingKind;
  readonly options: SettingOptions;
};

export const settingsPrefix = 'HOOKYARD_';

const declared = new WeakMap<object, Omit<DeclaredSetting, 'kind'>[]>();

/** Makes a field a setting, read from the environment. The description is what `docs/settings.md` says of it. */
export function Setting(description: string, options: SettingOptions = {}): PropertyDecorator {
  return (prototype, key) => {
    const field = String(key);
    const own = declared.get(prototype) ?? [];
    own.push({ field, name: environmentName(field), description, options });
    declared.set(prototype, own);
  };
}

/** The settings of a class and of those it extends, in the order of declaration. */
export function settingsOf(type: SettingsClass): readonly DeclaredSetting[] {
  const defaults = defaultsOf(type);
  const found: DeclaredSetting[] = [];
  for (let prototype = prototypeOf(type); prototype !== null; prototype = Object.getPrototypeOf(prototype) as object | null) {
    const own = (declared.get(prototype) ?? []).map((setting) => ({ ...setting, kind: kindOf(type, setting.field, defaults[setting.field]) }));
    found.unshift(...own);
  }
  return found;
}

/** The values that fields have when nothing is set. */
export function defaultsOf(type: SettingsClass): Readonly<Record<string, unknown>> {
  return { ...new type() };
}

export function environmentName(field: string): string {
  return settingsPrefix + field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

function prototypeOf(type: SettingsClass): object | null {
  return type.prototype as object | null;
}

function kindOf(type: SettingsClass, field: string, fallback: unknown): SettingKind {
  if (Array.isArray(fallback)) return typeof fallback[0] === 'number' ? 'numbers' : 'strings';
  if (typeof fallback === 'number' || typeof fallback === 'boolean' || typeof fallback === 'string') return typeof fallback as SettingKind;
  const written: unknown = Reflect.getMetadata('design:type', prototypeOf(type) ?? {}, field);
  if (written === Number) return 'number';
  if (written === Boolean) return 'boolean';
  return written === Array ? 'strings' : 'string';
}
