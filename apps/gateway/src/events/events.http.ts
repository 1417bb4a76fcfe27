import { eventsCollection } from '@hookyard/event-schemas';
import type { DeliveryDocument, EventDocument, ExplainCommand, ExplainReply } from '@hookyard/event-schemas';
import type { Collection } from '@hookyard/ports';
import { COMMANDS } from '@hookyard/runtime';
import type { CommandClient } from '@hookyard/runtime';
import { Needs } from '@hookyard/runtime/http';
import { Get, Header, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';
import { DELIVERIES } from '../deliveries/deliveries.http.ts';
import { deliveryView } from '../deliveries/delivery-view.ts';
import { largestPage, pageOf, paging } from '../rest/page.ts';
import { ProjectController, ProjectFaults } from '../rest/project-routes.ts';
import { TimeRangeQuery, within } from '../rest/time-range.ts';
import { EVENT_LOOKUP } from './event-lookup.ts';
import type { EventLookup } from './event-lookup.ts';
import { eventDetailText, EventDetail, EventList, eventSummary, Explanation, explanationView } from './event-view.ts';

export const EVENTS = Symbol(eventsCollection.name);
export class ListEvents extends TimeRangeQuery {
  @ApiPropertyOptional({ description: 'Only those of this type.' })
  @IsOptional() @IsString() @Length(1, 1_024)
  readonly type?: string;
}

@ProjectController('events', 'events')
export class EventsHttp {
  constructor(
    @Inject(EVENT_LOOKUP) private readonly lookup: EventLookup,
    @Inject(EVENTS) private readonly events: Collection<EventDocument>,
    @Inject(DELIVERIES) private readonly deliveries: Collection<DeliveryDocument>,
    @Inject(COMMANDS) private readonly commands: CommandClient,
  ) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'List events', description: 'Newest first, without their payloads. The time range is that of their acceptance.' })
  @ApiOkResponse({ type: EventList })
  @ProjectFaults('invalid_cursor')
  async list(@Param('project') project: string, @Query() query: ListEvents): Promise<EventList> {
    const type = query.type === undefined ? [] : [{ field: 'type', op: 'eq', value: query.type } as const];
    const where = [{ field: 'project', op: 'eq', value: project } as const, ...type, ...within('acceptedAt', query)];
    const page = await this.events.query({ where, sort: [['acceptedAt', 'desc']], ...paging(query) });
    return pageOf(page, (document) => eventSummary({ ...document, eventId: document.id }));
  }

  @Get(':event')
  @Needs('read')
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({ summary: 'Get an event with its deliveries' })
  @ApiParam({ name: 'event', type: String, description: 'Hookyard\'s id of the event (`evt_…`).' })
  @ApiOkResponse({ type: EventDetail })
  @ProjectFaults('event_not_found')
  async get(@Param('project') project: string, @Param('event') eventId: string): Promise<string> {
    const found = await this.lookup.find(project, eventId);
    const ofEvent = [{ field: 'eventId', op: 'eq', value: eventId } as const, { field: 'project', op: 'eq', value: project } as const];
    const [payload, deliveries] = await Promise.all([
      this.lookup.payload(found),
      this.deliveries.query({ where: ofEvent, sort: [['createdAt', 'desc']], limit: largestPage }),
    ]);
    return eventDetailText(found, payload, deliveries.items.map(({ document }) => deliveryView(document)));
  }

  @Get(':event/explain')
  @Needs('read')
  @ApiOperation({ summary: 'Explain an event', description: 'For each webhook of the project: whether the event concerns it, or which condition failed at which value.' })
  @ApiParam({ name: 'event', type: String, description: 'Hookyard\'s id of the event (`evt_…`).' })
  @ApiOkResponse({ type: Explanation })
  @ProjectFaults('event_not_found', 'deadline_exceeded')
  async explain(@Param('project') project: string, @Param('event') eventId: string): Promise<Explanation> {
    const { origin } = await this.lookup.find(project, eventId);
    const command: ExplainCommand = { type: 'Explain', project, eventId, origin };
    return explanationView(project, await this.commands.request<ExplainReply>('explain', project, command));
  }
}
