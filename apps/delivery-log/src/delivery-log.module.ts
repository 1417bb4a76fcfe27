import { attemptsCollection, deliveriesCollection, webhooksCollection, type WebhookDocument } from '@hookyard/event-schemas';
import { CLOCK, EVENT_STORE, MESSAGE_BUS, READ_MODELS, type Clock, type EventStore, type MessageBus, type ReadModels } from '@hookyard/ports';
import { LOG, sweepExpired, type Log, type Sweeps } from '@hookyard/runtime';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DeliveryLogBus, RECORD_ATTEMPTS, RECORD_DELIVERIES, REDELIVER } from './delivery-log.bus.ts';
import { DeliveryLogSettings } from './delivery-log.settings.ts';
import { deliveryProjections, type DeliveryProjections } from './delivery-projection.ts';
import { ledger } from './ledger.ts';
import { recordAttempts, recordDeliveries, type History } from './record-batches.ts';
import { redeliver } from './redeliver.ts';

const HISTORY = Symbol('History');
const PROJECTIONS = Symbol('DeliveryProjections');
const SWEEPS = Symbol('Sweeps');
const dayMs = 86_400_000;

/** The history of deliveries: what was ordered, what came of it, and sending again. */
@Module({
  controllers: [DeliveryLogBus],
  providers: [
    { provide: HISTORY, inject: [READ_MODELS], useFactory: openHistory },
    {
      provide: PROJECTIONS,
      inject: [DeliveryLogSettings],
      useFactory: ({ historyDays }: DeliveryLogSettings) => deliveryProjections(historyDays * dayMs),
    },
    { provide: RECORD_DELIVERIES, inject: [HISTORY, PROJECTIONS], useFactory: recordDeliveries },
    {
      provide: RECORD_ATTEMPTS,
      inject: [HISTORY, PROJECTIONS, EVENT_STORE, DeliveryLogSettings],
      useFactory: (history: History, projections: DeliveryProjections, store: EventStore, settings: DeliveryLogSettings) =>
        recordAttempts(history, projections, ledger(store, settings.ledgerRememberedProjects)),
    },
    {
      provide: REDELIVER,
      inject: [MESSAGE_BUS, READ_MODELS, HISTORY, PROJECTIONS],
      useFactory: async (bus: MessageBus, models: ReadModels, { deliveries }: History, projections: DeliveryProjections) =>
        redeliver(bus, { deliveries, webhooks: await models.collection<WebhookDocument>(webhooksCollection) }, projections),
    },
    {
      provide: SWEEPS,
      inject: [HISTORY, CLOCK, LOG, DeliveryLogSettings],
      useFactory: ({ deliveries, attempts }: History, clock: Clock, log: Log, settings: DeliveryLogSettings) =>
        sweepExpired([deliveries, attempts], { clock, log, everyMs: settings.historySweepSeconds * 1_000 }),
    },
  ],
})
export class DeliveryLogModule implements OnApplicationShutdown {
  constructor(@Inject(SWEEPS) private readonly sweeps: Sweeps) {}

  async onApplicationShutdown(): Promise<void> {
    await this.sweeps.stop();
  }
}

async function openHistory(models: ReadModels): Promise<History> {
  return { deliveries: await models.collection(deliveriesCollection), attempts: await models.collection(attemptsCollection) };
}
