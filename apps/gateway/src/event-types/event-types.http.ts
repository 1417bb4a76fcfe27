import { eventTypeId, eventTypesCollection, Fault } from '@hookyard/event-schemas';
import type { EventTypeDocument, EventTypeRecord, FieldProblem, Validation } from '@hookyard/event-schemas';
import type { Collection } from '@hookyard/ports';
import { CurrentCaller, Needs } from '@hookyard/runtime/http';
import type { Caller } from '@hookyard/runtime/http';
import { Body, Delete, Get, HttpCode, Inject, Param, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import { PROJECT_COMMANDS, recordOf } from '../projects/project-commands.ts';
import type { ProjectCommands } from '../projects/project-commands.ts';
import { PageAnswer, pageOf, PageQuery, paging } from '../rest/page.ts';
import { ProjectController, ProjectFaults } from '../rest/project-routes.ts';
import { schemaProblems } from './event-schema.ts';

export const EVENT_TYPES = Symbol(eventTypesCollection.name);

const validations: readonly Validation[] = ['off', 'warn', 'enforce'];
// Any type may be emitted; to be registered, it must fit into an address as one part.
const typeName = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/;
const orderSchema = { type: 'object', required: ['amount'], properties: { amount: { type: 'number', minimum: 0 } } };
const validationText = 'What becomes of events whose data does not fit the schema. `off`: nothing. `warn`: accepted, and the errors are recorded with the event (attribute `schemaerrors`) and in the answer. `enforce`: refused.';

export class RegisterEventType {
  @ApiPropertyOptional({ maxLength: 2_000, example: 'An order was placed and paid.' })
  @IsOptional() @IsString() @MaxLength(2_000)
  readonly description?: string;

  @ApiPropertyOptional({
    description: 'JSON Schema (draft 2020-12) of the event\'s data: at most 64 KiB, references only within it and none that lead back to themselves, patterns in the syntax of RE2.',
    type: 'object',
    additionalProperties: true,
    example: orderSchema,
  })
  @IsOptional() @IsObject()
  readonly schema?: Record<string, unknown>;

  @ApiPropertyOptional({ description: validationText, enum: validations, default: 'off' })
  @IsOptional() @IsIn(validations)
  readonly validation?: Validation;
}

export class EventType {
  @ApiProperty({ example: 'order.placed' })
  readonly name!: string;
  @ApiPropertyOptional()
  readonly description?: string;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: orderSchema })
  readonly schema?: unknown;
  @ApiProperty({ description: validationText, enum: validations })
  readonly validation!: Validation;
}

export class EventTypeList extends PageAnswer {
  @ApiProperty({ type: [EventType] })
  readonly items!: EventType[];
}

@ProjectController('event-types', 'event types')
export class EventTypesHttp {
  constructor(
    @Inject(PROJECT_COMMANDS) private readonly command: ProjectCommands,
    @Inject(EVENT_TYPES) private readonly types: Collection<EventTypeDocument>,
  ) {}

  @Put(':name')
  @Needs('manage')
  @ApiOperation({ summary: 'Register an event type', description: 'Or replace it. In force when it is answered.' })
  @ApiParam({ name: 'name', type: String, description: 'The CloudEvents type.', example: 'order.placed' })
  @ApiOkResponse({ type: EventType })
  @ProjectFaults('deadline_exceeded')
  async register(
    @Param('project') project: string,
    @Param('name') name: string,
    @Body() request: RegisterEventType,
    @CurrentCaller() caller: Caller,
  ): Promise<EventType> {
    const { validation = 'off', ...rest } = request;
    const problems = problemsOf(name, { ...rest, validation });
    if (problems.length > 0) throw new Fault('invalid_request', { problems });
    return eventType(recordOf('event_type', await this.command(caller.actor, { type: 'RegisterEventType', project, name, validation, ...rest })));
  }

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'List event types', description: 'By name.' })
  @ApiOkResponse({ type: EventTypeList })
  @ProjectFaults('invalid_cursor')
  async list(@Param('project') project: string, @Query() query: PageQuery): Promise<EventTypeList> {
    const ofProject = { where: [{ field: 'project', op: 'eq', value: project }], sort: [['name', 'asc']] } as const;
    return pageOf(await this.types.query({ ...ofProject, ...paging(query) }), eventType);
  }

  @Get(':name')
  @Needs('read')
  @ApiOperation({ summary: 'Get an event type' })
  @ApiParam({ name: 'name', type: String, example: 'order.placed' })
  @ApiOkResponse({ type: EventType })
  @ProjectFaults('event_type_not_found')
  async get(@Param('project') project: string, @Param('name') name: string): Promise<EventType> {
    return eventType(await this.find(project, name));
  }

  @Delete(':name')
  @Needs('manage')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove an event type', description: 'Its events are not checked any more.' })
  @ApiParam({ name: 'name', type: String, example: 'order.placed' })
  @ApiNoContentResponse()
  @ProjectFaults('event_type_not_found', 'deadline_exceeded')
  async remove(@Param('project') project: string, @Param('name') name: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.find(project, name);
    await this.command(caller.actor, { type: 'RemoveEventType', project, name });
  }

  private async find(project: string, name: string): Promise<EventTypeDocument> {
    const stored = await this.types.get(eventTypeId(project, name));
    if (stored === null) throw new Fault('event_type_not_found', { eventType: name });
    return stored.document;
  }
}

function problemsOf(name: string, { schema, validation }: { readonly schema?: Record<string, unknown>; readonly validation: Validation }): readonly FieldProblem[] {
  const problems: FieldProblem[] = schema === undefined ? [] : [...schemaProblems(schema)];
  if (!typeName.test(name)) problems.push({ field: 'name', code: 'invalid_name', reason: 'must have 1 to 100 letters, digits, dots, hyphens, underscores and colons' });
  if (schema === undefined && validation !== 'off') problems.push({ field: 'schema', code: 'required', reason: `is required when validation is ${validation}` });
  return problems;
}

function eventType({ name, description, schema, validation }: EventTypeRecord): EventType {
  return { name, validation, ...(description === undefined ? {} : { description }), ...(schema === undefined ? {} : { schema }) };
}
