import { COMMANDS } from '@hookyard/runtime';
import type { CommandClient } from '@hookyard/runtime';
import { Global, Module } from '@nestjs/common';
import { httpModules } from './dialects.generated.ts';
import { notingPositions, webhookPositions } from './intake/webhook-positions.ts';
import type { WebhookPositions } from './intake/webhook-positions.ts';

export const WEBHOOK_POSITIONS = Symbol('WebhookPositions');
const NOTING_COMMANDS = Symbol('NotingCommands');

@Global()
@Module({
  providers: [
    { provide: WEBHOOK_POSITIONS, useFactory: webhookPositions },
    {
      provide: NOTING_COMMANDS,
      inject: [COMMANDS, WEBHOOK_POSITIONS],
      useFactory: (commands: CommandClient, positions: WebhookPositions) => notingPositions(commands, positions),
    },
  ],
  exports: [WEBHOOK_POSITIONS, NOTING_COMMANDS],
})
class PositionsModule {}

/** The REST APIs of all dialects. Each gets a command client whose replies tell the intake how far webhooks have changed. */
@Module({ imports: [PositionsModule, ...httpModules.map((module) => ({ module, providers: [{ provide: COMMANDS, useExisting: NOTING_COMMANDS }] }))] })
export class DialectsModule {}
