import { Needs } from '@hookyard/runtime/http';
import { HttpCode, Inject, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiAcceptedResponse, ApiExtraModels, ApiHeader, ApiOperation, getSchemaPath } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { eventMediaTypes } from '../events/event-request.ts';
import { CloudEvent, EventsAccepted } from '../events/event-view.ts';
import { ProjectController, ProjectFaults } from '../rest/project-routes.ts';
import type { EventIntake } from './event-intake.ts';

export const EVENT_INTAKE = Symbol('EventIntake');

/** Marks a route that takes the body as the bytes that came in, up to the size of a batch, under the intake's own limits. */
const intakeRoute = { intake: true } as const;

const event = { $ref: getSchemaPath(CloudEvent) };
const example = { specversion: '1.0', id: 'order-1-placed', source: '/shop', type: 'order.placed', subject: 'orders/1', data: { amount: 42 } };
const noBytes = Buffer.alloc(0);

@ProjectController('events', 'events')
@ApiExtraModels(CloudEvent)
export class IntakeHttp {
  constructor(@Inject(EVENT_INTAKE) private readonly intake: EventIntake) {}

  @Post()
  @Needs('emit')
  @HttpCode(202)
  @RouteConfig(intakeRoute)
  @ApiOperation({
    summary: 'Emit events',
    description:
      'CloudEvents 1.0: one in structured mode, up to 1,000 in batched mode, or one in binary mode (attributes as `ce-` headers, any body). ' +
      'All are accepted or none; 202 is answered when they are durable. An event whose `source` and `id` were accepted before is ignored, and the answer says so.',
    requestBody: {
      required: true,
      content: {
        [eventMediaTypes.structured]: { schema: event, example },
        [eventMediaTypes.batch]: { schema: { type: 'array', maxItems: 1_000, items: event }, example: [example] },
        [eventMediaTypes.json]: { schema: event, example },
        '*/*': { schema: { description: 'The payload of an event in binary mode, its attributes as `ce-` headers.' } },
      },
    },
  })
  @ApiHeader({ name: 'traceparent', required: false, description: 'W3C trace context, carried to the receivers of events that bear none of their own.' })
  @ApiAcceptedResponse({ type: EventsAccepted })
  @ProjectFaults('payload_too_large', 'schema_violation', 'overloaded', 'storage_full')
  async emit(@Req() request: FastifyRequest<{ Params: { project: string } }>): Promise<EventsAccepted> {
    const body = Buffer.isBuffer(request.body) ? request.body : noBytes;
    return { accepted: await this.intake({ project: request.params.project, headers: request.headers, body }) };
  }
}
