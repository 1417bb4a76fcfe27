import { createDefaultProject, isFault, topics, type ProjectCommand, type ProjectReply, type WebhookCommand, type WebhookReply } from '@hookyard/event-schemas';
import { CLOCK, type Clock } from '@hookyard/ports';
import { assigned, type Assignment, type BusHandlerOptions, revoked } from '@hookyard/runtime';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import type { HandleProject, HandleWebhook } from './commands.ts';
import type { Projector } from './projector.ts';

export const HANDLE_WEBHOOK = Symbol('HandleWebhook');
export const HANDLE_PROJECT = Symbol('HandleProject');
export const PROJECTORS = Symbol('Projectors');

export type Projectors = { readonly webhooks: Projector; readonly projects: Projector };

const ownership: BusHandlerOptions = { commit: 'manual' };

@Controller()
export class SubscriptionsBus {
  constructor(
    @Inject(HANDLE_WEBHOOK) private readonly handleWebhook: HandleWebhook,
    @Inject(HANDLE_PROJECT) private readonly handleProject: HandleProject,
    @Inject(PROJECTORS) private readonly projectors: Projectors,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** One at a time for each webhook; answered when everybody can see what came of it. */
  @MessagePattern<string>('webhook')
  onWebhook(@Payload() command: WebhookCommand): Promise<WebhookReply> {
    return this.handleWebhook(command);
  }

  @MessagePattern<string>('project')
  onProject(@Payload() command: ProjectCommand): Promise<ProjectReply> {
    return this.handleProject(command);
  }

  /** Nothing is published there: the topic is there to be owned. */
  @EventPattern<string>(topics.projectors, ownership)
  onProjectors(): void {}

  @EventPattern<string>(assigned(topics.projectors))
  async onAssigned(@Payload() { consumption }: Assignment): Promise<void> {
    await Promise.all(Object.values(this.projectors).map((projector) => projector.begin(consumption)));
    await this.handleProject(createDefaultProject(this.clock.now())).catch(unlessExists);
  }

  @EventPattern<string>(revoked(topics.projectors))
  async onRevoked(): Promise<void> {
    await Promise.all(Object.values(this.projectors).map((projector) => projector.end()));
  }
}

/** Somebody made it before, and may have changed it. */
function unlessExists(error: unknown): void {
  if (!isFault(error, 'project_exists')) throw error;
}
