import type { ProjectCommand, ProjectReply, WebhookCommand, WebhookReply } from '@hookyard/event-schemas';
import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { HandleProject, HandleWebhook } from './commands.ts';

export const HANDLE_WEBHOOK = Symbol('HandleWebhook');
export const HANDLE_PROJECT = Symbol('HandleProject');

@Controller()
export class SubscriptionsBus {
  constructor(
    @Inject(HANDLE_WEBHOOK) private readonly handleWebhook: HandleWebhook,
    @Inject(HANDLE_PROJECT) private readonly handleProject: HandleProject,
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
}
