import { type Clock, CLOCK, DUE_QUEUE, type DueQueue, MESSAGE_BUS, type MessageBus } from '@hookyard/ports';
import { type Log, LOG, METRICS, type Metrics } from '@hookyard/runtime';
import { SECRET_BOX, type SecretBox } from '@hookyard/signing';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { dialects } from './dialects.generated.ts';
import { DISPATCHER, DispatcherBus } from './dispatcher.bus.ts';
import { DispatcherSettings } from './dispatcher.settings.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import { dispatcherMeter } from './meter.ts';
import { httpSender } from './net/sender.ts';
import { parseNetwork } from './net/special-ranges.ts';

type Ports = readonly [MessageBus, DueQueue, Clock, SecretBox, Metrics, Log];

/** Sends deliveries: signed, retried, isolated from slow neighbours, each attempt recorded. */
@Module({
  controllers: [DispatcherBus],
  providers: [
    {
      provide: DISPATCHER,
      inject: [DispatcherSettings, MESSAGE_BUS, DUE_QUEUE, CLOCK, SECRET_BOX, METRICS, LOG],
      useFactory: build,
    },
  ],
})
export class DispatcherModule implements OnApplicationShutdown {
  static readonly needs = ['masterKey'] as const;

  constructor(@Inject(DISPATCHER) private readonly dispatcher: Dispatcher) {}

  /** After the transport has drained. */
  async onApplicationShutdown(): Promise<void> {
    await this.dispatcher.close();
  }
}

function build(settings: DispatcherSettings, ...[bus, due, clock, box, metrics, log]: Ports): Dispatcher {
  const sender = httpSender({
    allowedNetworks: settings.allowedNetworks.map(parseNetwork),
    connectionsPerOrigin: settings.dispatcherConnectionsPerOrigin,
    idleOrigins: settings.dispatcherIdleOrigins,
    connectTimeoutMs: settings.dispatcherConnectTimeoutMs,
  });
  const limits = {
    concurrency: settings.dispatcherConcurrency,
    laneConcurrency: settings.dispatcherLaneConcurrency,
    laneMemory: settings.dispatcherLaneMemory,
    memoryBytes: settings.dispatcherMemoryMib * 1024 * 1024,
    patienceMs: settings.dispatcherPatienceMs,
  };
  const meter = dispatcherMeter(metrics);
  return createDispatcher({ bus, due, clock, box, sender, dialects, limits, drainMs: settings.dispatcherDrainMs, random: Math.random, meter, log });
}
