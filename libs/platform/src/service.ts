import type { SettingsClass } from '@hookyard/runtime';
import type { HttpEdge } from '@hookyard/runtime/http';
import type { Type } from '@nestjs/common';

/** What only some services may hold. */
export type SecretName = 'masterKey' | 'adminToken';

/** A service's module; one with a REST edge says so by a static `http`, one that holds secrets by `needs`. */
export type ServiceModule = Type<object> & { readonly http?: HttpEdge<never>; readonly needs?: readonly SecretName[] };

export type Service = { readonly module: ServiceModule; readonly settings: SettingsClass };

/** The name of a service, and of its consumer group: `DeliveryLogModule` is `delivery-log`. */
export function serviceName({ name }: ServiceModule): string {
  return name
    .replace(/Module$/, '')
    .replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`)
    .toLowerCase();
}
