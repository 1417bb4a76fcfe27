import { CLOCK, DUE_QUEUE, EVENT_STORE, MESSAGE_BUS, READ_MODELS } from '@hookyard/ports';
import { ADMIN_TOKEN, COMMANDS, HEALTH, type Log, LOG, METRICS } from '@hookyard/runtime';
import { SECRET_BOX } from '@hookyard/signing';
import type { DynamicModule, Provider, Type } from '@nestjs/common';
import type { Platform } from './platform.ts';

class PortsModule {}

type Settings = { readonly type: Type<object>; readonly value: object };

/** What every service gets from outside: the ports, the process's log, health and metrics, and its own settings under their class. */
export function portsModule(platform: Platform, { log, settings }: { readonly log: Log; readonly settings: Settings }): DynamicModule {
  const { engine, clock, secretBox, commands, health, metrics, adminToken } = platform;
  const values: readonly (readonly [token: symbol | Type<object>, value: unknown])[] = [
    [MESSAGE_BUS, engine.bus],
    [EVENT_STORE, engine.eventStore],
    [READ_MODELS, engine.readModels],
    [DUE_QUEUE, engine.dueQueue],
    [CLOCK, clock],
    [COMMANDS, commands],
    [HEALTH, health],
    [METRICS, metrics],
    [LOG, log],
    [settings.type, settings.value],
    ...(secretBox === null ? [] : [[SECRET_BOX, secretBox] as const]),
    ...(adminToken === null ? [] : [[ADMIN_TOKEN, adminToken] as const]),
  ];
  const providers = values.map(([provide, useValue]): Provider => ({ provide, useValue }));
  return { module: PortsModule, global: true, providers, exports: values.map(([token]) => token) };
}
