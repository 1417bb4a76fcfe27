import { publicWebhookId, type WebhookRecord } from '@hookyard/event-schemas';
import { ApiFaults, Needs } from '@hookyard/runtime/http';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiCreatedResponse, ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { findWebhook, type Target } from './change-webhook.ts';
import { createWebhook, type Creation } from './create-webhook.ts';
import { etagOf } from './etag.ts';
import { patchExamples, webhookExamples } from './examples.ts';
import { listWebhooks } from './list-webhooks.ts';
import { mergePatchType } from './merge-patch.ts';
import { NATIVE_PORTS, type NativePorts } from './native-ports.ts';
import { CreateWebhook, ListWebhooks, PatchWebhook, PutWebhook } from './requests.ts';
import { Webhook, WebhookPage } from './responses.ts';
import { NewWebhook, TargetWebhook } from './target-webhook.ts';
import { deleteWebhook, patchWebhook, putWebhook } from './webhook-changes.ts';
import { webhookView } from './webhook-view.ts';

export const webhooksPath = 'v1/projects/:project/webhooks';

const putDescription =
  'Under an id of your choice: 1 to 64 letters, digits, `_` and `-`, beginning with a letter or digit, but not with `wh_`. It is the project\'s own: another project may have a webhook of the same id. ' +
  'Under an id that the server made (`wh_…`), an existing webhook is replaced and none is created. The keys of an existing one stay unless another secret is given.';

/** Documents the route's parameter. */
export const WebhookParam = (): MethodDecorator & ClassDecorator => ApiParam({ name: 'webhook', type: String, description: 'The id of the webhook: made by the server (`wh_…`), or chosen by a client of the project.', example: 'orders' });

/** Documents the header with which a client names the revision it means. */
export const IfMatchHeader = (): MethodDecorator =>
  ApiHeader({ name: 'If-Match', required: false, description: 'The ETag of the webhook as last read: refused with 412 when it has changed since.' });

@ApiTags('webhooks')
@ApiBearerAuth()
@ApiParam({ name: 'project', type: String, description: 'Id of the project.', example: 'default' })
@ApiFaults('unauthenticated', 'forbidden')
@Controller(webhooksPath)
export class WebhooksController {
  constructor(@Inject(NATIVE_PORTS) private readonly ports: NativePorts) {}

  @Post()
  @Needs('manage')
  @ApiOperation({ summary: 'Create a webhook' })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'The same key with the same request is answered as it was the first time.' })
  @ApiBody({ type: CreateWebhook, examples: webhookExamples })
  @ApiCreatedResponse({ type: Webhook })
  @ApiFaults('invalid_request', 'project_not_found', 'idempotency_key_reused', 'webhook_deleted', 'deadline_exceeded')
  async create(@NewWebhook() creation: Creation, @Body() request: CreateWebhook, @Res({ passthrough: true }) reply: FastifyReply): Promise<Webhook> {
    const record = await createWebhook(this.ports, request, creation);
    void reply.header('location', locationOf(record));
    return this.answer(reply, record);
  }

  @Get()
  @Needs('read', 'manage')
  @ApiOperation({ summary: 'List webhooks, newest first' })
  @ApiOkResponse({ type: WebhookPage })
  @ApiFaults('invalid_request', 'invalid_cursor', 'project_not_found')
  list(@Param('project') project: string, @Query() query: ListWebhooks): Promise<WebhookPage> {
    return listWebhooks(this.ports, project, query);
  }

  @Get(':webhook')
  @Needs('read', 'manage')
  @ApiOperation({ summary: 'Get a webhook' })
  @ApiOkResponse({ type: Webhook })
  @ApiFaults('webhook_not_found')
  async get(@Param('project') project: string, @Param('webhook') webhookId: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Webhook> {
    return this.answer(reply, await findWebhook(this.ports, { project, webhookId }));
  }

  @Patch(':webhook')
  @Needs('manage')
  @ApiOperation({ summary: 'Change a webhook', description: 'A JSON merge patch (RFC 7396): what is left out stays, null removes.' })
  @ApiConsumes(mergePatchType, 'application/json')
  @ApiBody({ type: PatchWebhook, examples: patchExamples })
  @WebhookParam()
  @IfMatchHeader()
  @ApiOkResponse({ type: Webhook })
  @ApiFaults('invalid_request', 'webhook_not_found', 'precondition_failed', 'deadline_exceeded')
  async patch(@TargetWebhook() target: Target, @Body() request: PatchWebhook, @Res({ passthrough: true }) reply: FastifyReply): Promise<Webhook> {
    return this.answer(reply, await patchWebhook(this.ports, target, request));
  }

  @Put(':webhook')
  @Needs('manage')
  @ApiOperation({ summary: 'Create or replace a webhook', description: putDescription })
  @WebhookParam()
  @IfMatchHeader()
  @ApiBody({ type: PutWebhook, examples: webhookExamples })
  @ApiHeader({ name: 'If-None-Match', required: false, description: '`*`: create, and never replace.' })
  @ApiOkResponse({ type: Webhook, description: 'Replaced.' })
  @ApiCreatedResponse({ type: Webhook, description: 'Created.' })
  @ApiFaults('invalid_request', 'project_not_found', 'webhook_not_found', 'webhook_deleted', 'version_conflict', 'precondition_failed', 'deadline_exceeded')
  async put(@TargetWebhook() target: Target, @Body() request: PutWebhook, @Res({ passthrough: true }) reply: FastifyReply): Promise<Webhook> {
    const { record, created } = await putWebhook(this.ports, target, request);
    void reply.status(created ? 201 : 200);
    if (created) void reply.header('location', locationOf(record));
    return this.answer(reply, record);
  }

  @Delete(':webhook')
  @Needs('manage')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a webhook', description: 'Its waiting deliveries end as cancelled. A repeat is answered alike.' })
  @WebhookParam()
  @IfMatchHeader()
  @ApiNoContentResponse()
  @ApiFaults('webhook_not_found', 'precondition_failed', 'deadline_exceeded')
  delete(@TargetWebhook() target: Target): Promise<void> {
    return deleteWebhook(this.ports, target);
  }

  private answer(reply: FastifyReply, record: WebhookRecord): Webhook {
    void reply.header('etag', etagOf(record.revision));
    return webhookView(record, { box: this.ports.box, now: this.ports.clock.now() });
  }
}

function locationOf({ project, id }: WebhookRecord): string {
  return `/${webhooksPath.replace(':project', encodeURIComponent(project))}/${encodeURIComponent(publicWebhookId(project, id))}`;
}
