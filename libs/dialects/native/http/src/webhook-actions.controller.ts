import type { WebhookRecord } from '@hookyard/event-schemas';
import { ApiFaults, Needs } from '@hookyard/runtime/http';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Target } from './change-webhook.ts';
import { etagOf } from './etag.ts';
import { rotationExamples } from './examples.ts';
import { NATIVE_PORTS, type NativePorts } from './native-ports.ts';
import { pingWebhook } from './ping-webhook.ts';
import { PageQuery, RotateSecret } from './requests.ts';
import { Ping, RevisionPage, RevisionState, Webhook } from './responses.ts';
import { TargetWebhook } from './target-webhook.ts';
import { rotateSecret, switchWebhook } from './webhook-changes.ts';
import { getRevision, listRevisions } from './webhook-history.ts';
import { webhookView } from './webhook-view.ts';
import { IfMatchHeader, WebhookParam, webhooksPath } from './webhooks.controller.ts';

@ApiTags('webhooks')
@ApiBearerAuth()
@ApiParam({ name: 'project', type: String, description: 'Id of the project.', example: 'default' })
@WebhookParam()
@ApiFaults('unauthenticated', 'forbidden', 'webhook_not_found')
@Controller(`${webhooksPath}/:webhook`)
export class WebhookActionsController {
  constructor(@Inject(NATIVE_PORTS) private readonly ports: NativePorts) {}

  @Post('secret/rotate')
  @Needs('manage')
  @HttpCode(200)
  @ApiOperation({ summary: 'Change the signing key', description: 'The old one signs along for the grace period, so that receivers can follow.' })
  @IfMatchHeader()
  @ApiBody({ type: RotateSecret, examples: rotationExamples })
  @ApiOkResponse({ type: Webhook })
  @ApiFaults('invalid_request', 'precondition_failed', 'deadline_exceeded')
  async rotate(@TargetWebhook() target: Target, @Body() request: RotateSecret, @Res({ passthrough: true }) reply: FastifyReply): Promise<Webhook> {
    return this.answer(reply, await rotateSecret(this.ports, target, request));
  }

  @Post('enable')
  @Needs('manage')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let a webhook receive events again' })
  @IfMatchHeader()
  @ApiOkResponse({ type: Webhook })
  @ApiFaults('precondition_failed', 'deadline_exceeded')
  async enable(@TargetWebhook() target: Target, @Res({ passthrough: true }) reply: FastifyReply): Promise<Webhook> {
    return this.answer(reply, await switchWebhook(this.ports, target, true));
  }

  @Post('disable')
  @Needs('manage')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let a webhook receive no more events', description: 'Its waiting deliveries end as cancelled.' })
  @IfMatchHeader()
  @ApiOkResponse({ type: Webhook })
  @ApiFaults('precondition_failed', 'deadline_exceeded')
  async disable(@TargetWebhook() target: Target, @Res({ passthrough: true }) reply: FastifyReply): Promise<Webhook> {
    return this.answer(reply, await switchWebhook(this.ports, target, false));
  }

  @Post('ping')
  @Needs('manage')
  @HttpCode(202)
  @ApiOperation({ summary: 'Try a webhook out', description: 'Emits an event of type `hookyard.ping` for it alone, also when it is disabled.' })
  @ApiAcceptedResponse({ type: Ping })
  @ApiFaults('deadline_exceeded')
  ping(@TargetWebhook() target: Target): Promise<Ping> {
    return pingWebhook(this.ports, target);
  }

  @Get('history')
  @Needs('read', 'manage')
  @ApiOperation({ summary: 'List the revisions of a webhook, newest first', description: 'Who changed what, and when. It outlives the webhook.' })
  @ApiOkResponse({ type: RevisionPage })
  @ApiFaults('invalid_request', 'invalid_cursor')
  history(@Param('project') project: string, @Param('webhook') webhookId: string, @Query() query: PageQuery): Promise<RevisionPage> {
    return listRevisions(this.ports, { project, webhookId }, query);
  }

  @Get('history/:revision')
  @Needs('read', 'manage')
  @ApiOperation({ summary: 'Get a webhook as of a revision' })
  @ApiOkResponse({ type: RevisionState })
  @ApiFaults('webhook_not_found', 'not_found')
  revision(@Param('project') project: string, @Param('webhook') webhookId: string, @Param('revision') revision: string): Promise<RevisionState> {
    return getRevision(this.ports, { project, webhookId }, revision);
  }

  private answer(reply: FastifyReply, record: WebhookRecord): Webhook {
    void reply.header('etag', etagOf(record.revision));
    return webhookView(record, { box: this.ports.box, now: this.ports.clock.now() });
  }
}
