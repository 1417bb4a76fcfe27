import { webhooksCollection, type WebhookDocument } from '@hookyard/event-schemas';
import { CLOCK, EVENT_STORE, MESSAGE_BUS, READ_MODELS, type Clock, type EventStore, type MessageBus, type ReadModels } from '@hookyard/ports';
import { COMMANDS, type CommandClient } from '@hookyard/runtime';
import { readJsonBody } from '@hookyard/runtime/http';
import { SECRET_BOX, type SecretBox } from '@hookyard/signing';
import { Inject, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { mergePatchType, requireObject } from './merge-patch.ts';
import { NATIVE_PORTS, type NativePorts } from './native-ports.ts';
import { WebhookActionsController } from './webhook-actions.controller.ts';
import { WebhooksController } from './webhooks.controller.ts';

/** The REST API of native webhooks, mounted by the gateway. */
@Module({
  controllers: [WebhooksController, WebhookActionsController],
  providers: [
    {
      provide: NATIVE_PORTS,
      inject: [COMMANDS, READ_MODELS, EVENT_STORE, MESSAGE_BUS, CLOCK, SECRET_BOX],
      useFactory: async (...[commands, models, store, bus, clock, box]: [CommandClient, ReadModels, EventStore, MessageBus, Clock, SecretBox]): Promise<NativePorts> => ({
        commands,
        webhooks: await models.collection<WebhookDocument>(webhooksCollection),
        store,
        bus,
        clock,
        box,
      }),
    },
  ],
})
export class NativeHttpModule {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  /** The media type of patches, which Fastify does not read by itself. */
  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    if (server.hasContentTypeParser(mergePatchType)) return;
    server.addContentTypeParser(mergePatchType, { parseAs: 'buffer' }, async (_: unknown, body: Buffer) => requireObject(readJsonBody(body)));
  }
}
