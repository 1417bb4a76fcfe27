import {
  attemptsCollection,
  deliveriesCollection,
  eventsCollection,
  eventTypesCollection,
  projectsCollection,
  tokensCollection,
} from '@hookyard/event-schemas';
import type { EventDocument } from '@hookyard/event-schemas';
import { CLOCK, DUE_QUEUE, MESSAGE_BUS, READ_MODELS } from '@hookyard/ports';
import type { Clock, Collection, CollectionSpec, DueQueue, MessageBus, ReadModels } from '@hookyard/ports';
import { ADMIN_TOKEN, COMMANDS, LOG, METRICS } from '@hookyard/runtime';
import type { CommandClient, Log, Metrics } from '@hookyard/runtime';
import { AuthGuard, OpsController, TOKEN_AUTHENTICATOR } from '@hookyard/runtime/http';
import type { HttpEdge } from '@hookyard/runtime/http';
import { Inject, Module } from '@nestjs/common';
import type { OnApplicationShutdown, Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { authenticator } from './access/authenticator.ts';
import { ProjectGuard, PROJECTS } from './access/project.guard.ts';
import { StrayQueryGuard } from './access/stray-query.guard.ts';
import { ATTEMPTS, DELIVERIES, DeliveriesHttp } from './deliveries/deliveries.http.ts';
import { DialectsModule, WEBHOOK_POSITIONS } from './dialects.module.ts';
import { configureEdge } from './edge/configure-edge.ts';
import { eventTypeChecks } from './event-types/event-type-checks.ts';
import { EVENT_TYPES, EventTypesHttp } from './event-types/event-types.http.ts';
import { EVENT_LOOKUP, eventLookup } from './events/event-lookup.ts';
import { EVENTS, EventsHttp } from './events/events.http.ts';
import { GatewaySettings } from './gateway.settings.ts';
import { eventIntake } from './intake/event-intake.ts';
import { EVENT_INTAKE, IntakeHttp } from './intake/intake.http.ts';
import { PRESSURE, watchPressure } from './intake/pressure.ts';
import type { Pressure } from './intake/pressure.ts';
import { recentEvents } from './intake/recent-events.ts';
import type { RecentEvents } from './intake/recent-events.ts';
import type { WebhookPositions } from './intake/webhook-positions.ts';
import { CATALOGUE, followCatalogue } from './projects/catalogue.ts';
import type { Catalogue } from './projects/catalogue.ts';
import { PROJECT_COMMANDS, projectCommands } from './projects/project-commands.ts';
import { ProjectsHttp } from './projects/projects.http.ts';
import { TOKENS, TokensHttp } from './projects/tokens.http.ts';

const RECENT_EVENTS = Symbol('RecentEvents');

/** A read model under its token. */
const collection = (provide: symbol, spec: CollectionSpec): Provider => ({
  provide,
  inject: [READ_MODELS],
  useFactory: (models: ReadModels) => models.collection(spec),
});

const readModels: readonly Provider[] = [
  collection(PROJECTS, projectsCollection),
  collection(TOKENS, tokensCollection),
  collection(EVENT_TYPES, eventTypesCollection),
  collection(EVENTS, eventsCollection),
  collection(DELIVERIES, deliveriesCollection),
  collection(ATTEMPTS, attemptsCollection),
];

const access: readonly Provider[] = [
  {
    provide: CATALOGUE,
    inject: [MESSAGE_BUS, LOG, CLOCK],
    useFactory: (bus: MessageBus, log: Log, clock: Clock) => followCatalogue(bus, { log, clock }),
  },
  {
    provide: TOKEN_AUTHENTICATOR,
    inject: [ADMIN_TOKEN, CATALOGUE, CLOCK],
    useFactory: (adminToken: string, catalogue: Catalogue, clock: Clock) => authenticator({ adminToken, catalogue, clock }),
  },
  { provide: APP_GUARD, useClass: AuthGuard },
  { provide: APP_GUARD, useClass: ProjectGuard },
  { provide: APP_GUARD, useClass: StrayQueryGuard },
];

const intake: readonly Provider[] = [
  {
    provide: PRESSURE,
    inject: [GatewaySettings, MESSAGE_BUS, DUE_QUEUE, CLOCK, LOG, METRICS],
    useFactory: (...[settings, bus, dueQueue, clock, log, metrics]: PressureParts) =>
      watchPressure({ bus, dueQueue, clock, log, metrics }, {
        maxUnmatchedEvents: settings.gatewayMaxUnmatchedEvents,
        maxUnsentMessages: settings.gatewayMaxUnsentMessages,
        maxUnrecordedAttempts: settings.gatewayMaxUnrecordedAttempts,
        maxWaitingDeliveries: settings.gatewayMaxWaitingDeliveries,
        sampleEveryMs: settings.gatewayPressureSampleMs,
      }),
  },
  { provide: RECENT_EVENTS, inject: [GatewaySettings], useFactory: (settings: GatewaySettings) => recentEvents(settings.gatewayRecentEvents) },
  {
    provide: EVENT_INTAKE,
    inject: [GatewaySettings, MESSAGE_BUS, EVENTS, CLOCK, METRICS, CATALOGUE, WEBHOOK_POSITIONS, RECENT_EVENTS],
    useFactory: (...[settings, bus, events, clock, metrics, catalogue, positions, recent]: IntakeParts) =>
      eventIntake(
        { bus, events, clock, metrics, positions, recent, checks: eventTypeChecks(catalogue.eventType) },
        { maxEventBytes: settings.gatewayMaxEventBytes, maxBatchEvents: settings.gatewayMaxBatchEvents },
      ),
  },
];
type PressureParts = [GatewaySettings, MessageBus, DueQueue, Clock, Log, Metrics];
type IntakeParts = [GatewaySettings, MessageBus, Collection<EventDocument>, Clock, Metrics, Catalogue, WebhookPositions, RecentEvents];

const askedByControllers: readonly Provider[] = [
  {
    provide: EVENT_LOOKUP,
    inject: [MESSAGE_BUS, EVENTS, RECENT_EVENTS],
    useFactory: (bus: MessageBus, events: Collection<EventDocument>, recent: RecentEvents) => eventLookup({ bus, events, recent }),
  },
  {
    provide: PROJECT_COMMANDS,
    inject: [COMMANDS, CATALOGUE, CLOCK],
    useFactory: (commands: CommandClient, catalogue: Catalogue, clock: Clock) => projectCommands({ commands, catalogue, clock }),
  },
];

/** The REST edge: the native API, those of the dialects, and the intake of events. */
@Module({
  imports: [DialectsModule],
  controllers: [OpsController, ProjectsHttp, TokensHttp, EventTypesHttp, IntakeHttp, EventsHttp, DeliveriesHttp],
  providers: [...readModels, ...access, ...intake, ...askedByControllers],
})
export class GatewayModule implements OnApplicationShutdown {
  static readonly needs = ['masterKey', 'adminToken'] as const;

  static readonly http: HttpEdge<GatewaySettings> = {
    address: ({ host, port }) => ({ host, port }),
    configure: configureEdge,
  };

  constructor(
    @Inject(CATALOGUE) private readonly catalogue: Catalogue,
    @Inject(PRESSURE) private readonly pressure: Pressure,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    this.pressure.stop();
    await this.catalogue.stop();
  }
}
