import { environmentName } from '@hookyard/runtime';
import type { PlatformSettings } from './platform.settings.ts';
import type { SecretName, ServiceModule } from './service.ts';
import { serviceName } from './service.ts';
import { StartRefused } from './start-refused.ts';

/** What a process holds; null: its services need none. */
export type Secrets = {
  /** 32 bytes. */
  readonly masterKey: Buffer | null;
  readonly adminToken: string | null;
};

/** The secrets of a service that runs beside others: they must be the same for all, so they come from outside, and only those that it needs. */
export function givenSecrets(module: ServiceModule, settings: PlatformSettings): Secrets {
  const given = (name: SecretName): string | null => {
    if (module.needs?.includes(name) !== true) return null;
    const value = settings[name];
    if (value === undefined) throw new StartRefused(`${environmentName(name)} is not set: ${serviceName(module)} needs it, and it must be the same for all processes.`);
    return value;
  };
  const masterKey = given('masterKey');
  return { masterKey: masterKey === null ? null : Buffer.from(masterKey, 'base64'), adminToken: given('adminToken') };
}
