import { createBusService } from '@hookyard/runtime';
import type { DynamicModule } from '@nestjs/common';
import type { Platform } from './platform.ts';
import { portsModule } from './ports.module.ts';
import { type Service, serviceName } from './service.ts';
import { StartRefused, systemCode } from './start-refused.ts';

export type RunningService = {
  readonly name: string;
  /** Where its REST edge listens; null when it has none. */
  readonly url: string | null;
  /** Takes nothing new, finishes what is in hand. */
  close(): Promise<void>;
};

/** Starts one service: a Nest application of its own, so that its handlers are its own. */
export async function startService(platform: Platform, { module, settings: type }: Service, settings: object): Promise<RunningService> {
  const name = serviceName(module);
  const log = platform.log.child({ service: name });
  const ports = portsModule(platform, { log, settings: { type: type, value: settings } });
  const root: DynamicModule = { module: class Root {}, imports: [ports, module] };
  if (module.http === undefined) {
    const { engine, health, metrics, clock } = platform;
    const app = await createBusService(root, { bus: engine.bus, group: name, log, health, metrics, clock });
    await app.listen();
    return { name, url: null, close: () => app.close() };
  }
  const { createEdge } = await import('@hookyard/runtime/http');
  const edge = module.http;
  const app = await createEdge(root, { edge, settings: settings as never, log });
  const { host, port } = edge.address(settings as never);
  await app.listen(port, host).catch((error: unknown) => refuse(error, host, port));
  return { name, url: (await app.getUrl()).replace('[::1]', 'localhost'), close: () => app.close() };
}

function refuse(error: unknown, host: string, port: number): never {
  const code = systemCode(error);
  const choose = 'Choose another one with HOOKYARD_PORT.';
  if (code === 'EADDRINUSE') throw new StartRefused(`Port ${port} on ${host} is in use by another program. ${choose}`);
  if (code === 'EACCES') throw new StartRefused(`Port ${port} on ${host} may not be opened by this user. ${choose}`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') throw new StartRefused(`${host} is no address of this machine. Choose another one with HOOKYARD_HOST.`);
  throw error;
}
