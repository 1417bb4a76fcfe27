/**
 * Two small services in one process on the memory engine.
 * Real: settings, data folder, Nest, transport, HTTP edge, command client. Doubled: the engine.
 */
import { createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topics } from '@hookyard/event-schemas';
import type { Batch, Outputs } from '@hookyard/ports';
import { COMMANDS, type CommandClient, Setting, SettingsRefused } from '@hookyard/runtime';
import { type HttpEdge, OpsController, Public } from '@hookyard/runtime/http';
import { Controller, Get, Inject, Module, Param } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { IsInt } from 'class-validator';
import { startAll, type Running } from './run.ts';

class EchoSettings {
  @Setting('What is added to each answer') @IsInt()
  readonly echoOffset: number = 1;
}

@Controller()
class EchoBus {
  constructor(@Inject(EchoSettings) private readonly settings: EchoSettings) {}

  @MessagePattern<string>('webhook')
  async onCommand(@Payload() value: number): Promise<number> {
    return value + this.settings.echoOffset;
  }

  @EventPattern<string>(topics.events)
  async onEvents(@Payload() batch: Batch): Promise<Outputs> {
    return batch.messages.map(({ key }) => ({ topic: topics.deliveries, key, value: Buffer.from('seen') }));
  }
}

@Module({ controllers: [EchoBus] })
class EchoModule {}

class AskingSettings {
  @Setting('Where to listen') @IsInt()
  readonly port: number = 0;
}

@Public()
@Controller()
class Asking {
  constructor(@Inject(COMMANDS) private readonly commands: CommandClient) {}

  @Get('ask/:value')
  async ask(@Param('value') value: string): Promise<string> {
    return String(await this.commands.request<number>('webhook', 'k', Number(value)));
  }
}

@Module({ controllers: [Asking, OpsController] })
class AskingModule {
  static readonly http: HttpEdge<AskingSettings> = { address: ({ port }) => ({ host: '127.0.0.1', port }) };
}

const services = [
  { module: EchoModule, settings: EchoSettings },
  { module: AskingModule, settings: AskingSettings },
];

describe('the services of one process', () => {
  let dataFolder: string;
  let running: Running | undefined;
  const start = async (settings: Record<string, string> = {}): Promise<Running> =>
    (running = await startAll(services, { HOOKYARD_ENGINE: 'memory', HOOKYARD_DATA_FOLDER: dataFolder, HOOKYARD_LOG_LEVEL: 'silent', ...settings }));

  beforeEach(async () => (dataFolder = await mkdtemp(join(tmpdir(), 'hookyard-run-'))));
  afterEach(async () => {
    await running?.stop();
    running = undefined;
    await rm(dataFolder, { recursive: true, force: true });
  });

  it('ask each other over the bus, each with its own settings', async () => {
    const { url } = await start({ HOOKYARD_ECHO_OFFSET: '5' });
    expect(await (await fetch(`${url}/ask/37`)).text()).toBe('42');
  });

  it('consume each topic once, and are ready', async () => {
    const { url, platform } = await start();
    const { bus } = platform.engine;
    await bus.publish([{ topic: topics.events, key: 'p', value: Buffer.from('x') }]);
    const follower = await bus.follow({ topic: topics.deliveries, from: 'beginning', handle: () => undefined });
    const [{ partition } = { partition: 0 }] = (await bus.offsets(topics.events)).filter(({ high }) => high > 0);
    await follower.whenReached(partition, 0);
    expect((await bus.offsets(topics.deliveries)).reduce((sum, { high }) => sum + high, 0)).toBe(1);
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, await ready.json()]).toMatchObject([200, { checks: { echo: { ok: true } } }]);
  });

  it('do not start when a port is in use: one sentence, and what was started is stopped again', async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => occupant.once('listening', resolve));
    const { port } = occupant.address() as AddressInfo;
    try {
      await expect(start({ HOOKYARD_PORT: String(port) })).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use by another program. Choose another one with HOOKYARD_PORT.`);
    } finally {
      occupant.close();
    }
  });

  it('do not start on settings that nobody knows or that are wrong', async () => {
    await expect(start({ HOOKYARD_ECHO_OFSET: '5', HOOKYARD_PARTITIONS: '0' })).rejects.toBeInstanceOf(SettingsRefused);
  });
});
