import { randomUUID } from 'node:crypto';
import { attemptsCollection, deliveriesCollection, Fault, webhookName } from '@hookyard/event-schemas';
import type { AttemptDocument, DeliveryDocument, DeliveryStatus, RedeliverCommand, RedeliverReply } from '@hookyard/event-schemas';
import { CLOCK } from '@hookyard/ports';
import type { Clock, Collection, Condition } from '@hookyard/ports';
import { COMMANDS } from '@hookyard/runtime';
import type { CommandClient } from '@hookyard/runtime';
import { CurrentCaller, Needs } from '@hookyard/runtime/http';
import type { Caller } from '@hookyard/runtime/http';
import { Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { pageOf, paging } from '../rest/page.ts';
import { ProjectController, ProjectFaults } from '../rest/project-routes.ts';
import { TimeRangeQuery, within } from '../rest/time-range.ts';
import { Delivery, DeliveryDetail, deliveryDetail, DeliveryList, deliveryStatuses, deliveryView, RedeliveryAccepted } from './delivery-view.ts';

export const DELIVERIES = Symbol(deliveriesCollection.name);
export const ATTEMPTS = Symbol(attemptsCollection.name);

const mostAttempts = 100;

export class ListDeliveries extends TimeRangeQuery {
  @ApiPropertyOptional({ description: 'Only those to the webhook of this id.' })
  @IsOptional() @IsString() @Length(1, 200)
  readonly webhook?: string;

  @ApiPropertyOptional({ description: 'Only those of this event (`evt_…`).' })
  @IsOptional() @IsString() @Length(1, 200)
  readonly event?: string;

  @ApiPropertyOptional({ enum: deliveryStatuses })
  @IsOptional() @IsIn(deliveryStatuses)
  readonly status?: DeliveryStatus;

  @ApiPropertyOptional({ description: 'Only those of events of this type.' })
  @IsOptional() @IsString() @Length(1, 1_024)
  readonly eventType?: string;
}

@ProjectController('deliveries', 'deliveries')
export class DeliveriesHttp {
  constructor(
    @Inject(DELIVERIES) private readonly deliveries: Collection<DeliveryDocument>,
    @Inject(ATTEMPTS) private readonly attempts: Collection<AttemptDocument>,
    @Inject(COMMANDS) private readonly commands: CommandClient,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'List deliveries', description: 'Newest first. The time range is that of their creation.' })
  @ApiOkResponse({ type: DeliveryList })
  @ProjectFaults('invalid_cursor')
  async list(@Param('project') project: string, @Query() query: ListDeliveries): Promise<DeliveryList> {
    const page = await this.deliveries.query({ where: conditions(project, query), sort: [['createdAt', 'desc']], ...paging(query) });
    return pageOf<DeliveryDocument, Delivery>(page, deliveryView);
  }

  @Get(':delivery')
  @Needs('read')
  @ApiOperation({ summary: 'Get a delivery with its attempts' })
  @ApiParam({ name: 'delivery', type: String, description: 'Id of the delivery (`dlv_…`), which receivers see as `webhook-id`.' })
  @ApiOkResponse({ type: DeliveryDetail })
  @ProjectFaults('delivery_not_found')
  async get(@Param('project') project: string, @Param('delivery') id: string): Promise<DeliveryDetail> {
    const delivery = await this.find(project, id);
    const ofDelivery = [{ field: 'deliveryId', op: 'eq', value: id }] as const;
    const newest = await this.attempts.query({ where: ofDelivery, sort: [['attempt', 'desc']], limit: mostAttempts });
    return deliveryDetail(delivery, newest.items.map(({ document }) => document).toReversed());
  }

  @Post(':delivery/redeliver')
  @Needs('manage')
  @HttpCode(202)
  @ApiOperation({ summary: 'Send a delivery again', description: 'One that has ended, whatever came of it. Its attempts count on, its id and its body stay the same.' })
  @ApiParam({ name: 'delivery', type: String })
  @ApiAcceptedResponse({ type: RedeliveryAccepted })
  @ProjectFaults('delivery_not_found', 'delivery_in_progress', 'event_not_found', 'webhook_deleted', 'deadline_exceeded')
  async redeliver(@Param('project') project: string, @Param('delivery') id: string, @CurrentCaller() { actor }: Caller): Promise<RedeliveryAccepted> {
    await this.find(project, id);
    const command: RedeliverCommand = { type: 'Redeliver', commandId: randomUUID(), actor, now: this.clock.now(), project, deliveryId: id };
    const { deliveryId, requestId } = await this.commands.request<RedeliverReply>('redeliver', id, command);
    return { deliveryId, requestId };
  }

  private async find(project: string, id: string): Promise<DeliveryDocument> {
    const stored = await this.deliveries.get(id);
    if (stored?.document.project !== project) throw new Fault('delivery_not_found', { delivery: id });
    return stored.document;
  }
}

function conditions(project: string, query: ListDeliveries): readonly Condition[] {
  const webhookId = query.webhook === undefined ? undefined : webhookName(project, query.webhook);
  const asked = { project, webhookId, eventId: query.event, status: query.status, eventType: query.eventType };
  const equal = Object.entries(asked).flatMap(([field, value]): Condition[] => (value === undefined ? [] : [{ field, op: 'eq', value }]));
  return [...equal, ...within('createdAt', query)];
}
