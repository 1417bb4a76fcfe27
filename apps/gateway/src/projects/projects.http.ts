import { Fault, projectIdForm } from '@hookyard/event-schemas';
import type { ProjectDocument, ProjectRecord } from '@hookyard/event-schemas';
import type { Collection } from '@hookyard/ports';
import { ApiFaults, CurrentCaller, Needs } from '@hookyard/runtime/http';
import type { Caller } from '@hookyard/runtime/http';
import { Body, Controller, Get, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Matches } from 'class-validator';
import { PROJECTS } from '../access/project.guard.ts';
import { PageAnswer, pageOf, PageQuery, paging } from '../rest/page.ts';
import { timeText } from '../rest/time.ts';
import { PROJECT_COMMANDS, recordOf } from './project-commands.ts';
import type { ProjectCommands } from './project-commands.ts';

export class CreateProject {
  @ApiProperty({ description: 'Chosen by you, for good: lower-case letters, digits and hyphens.', example: 'shop', pattern: projectIdForm.source })
  @Matches(projectIdForm, { message: '$property must consist of 1 to 63 lower-case letters, digits and inner hyphens' })
  readonly id!: string;

  @ApiPropertyOptional({ description: 'For people. Default: the id.', example: 'The shop', maxLength: 200 })
  @IsOptional() @IsString() @Length(1, 200)
  readonly name?: string;
}

export class Project {
  @ApiProperty({ example: 'shop' })
  readonly id!: string;
  @ApiProperty({ example: 'The shop' })
  readonly name!: string;
  @ApiProperty({ format: 'date-time' })
  readonly createdAt!: string;
}

export class ProjectList extends PageAnswer {
  @ApiProperty({ type: [Project] })
  readonly items!: Project[];
}

const usual = ['invalid_request', 'unauthenticated', 'forbidden'] as const;

@ApiTags('projects')
@ApiBearerAuth()
@Controller('v1/projects')
export class ProjectsHttp {
  constructor(
    @Inject(PROJECT_COMMANDS) private readonly command: ProjectCommands,
    @Inject(PROJECTS) private readonly projects: Collection<ProjectDocument>,
  ) {}

  @Post()
  @Needs('admin')
  @ApiOperation({ summary: 'Create a project', description: 'The same request again answers the same project.' })
  @ApiCreatedResponse({ type: Project })
  @ApiFaults(...usual, 'project_exists', 'deadline_exceeded')
  async create(@Body() { id, name }: CreateProject, @CurrentCaller() caller: Caller): Promise<Project> {
    return project(recordOf('project', await this.command(caller.actor, { type: 'CreateProject', project: id, name: name ?? id })));
  }

  @Get()
  @Needs('admin')
  @ApiOperation({ summary: 'List projects', description: 'In the order of their ids.' })
  @ApiOkResponse({ type: ProjectList })
  @ApiFaults(...usual, 'invalid_cursor')
  async list(@Query() query: PageQuery): Promise<ProjectList> {
    return pageOf(await this.projects.query(paging(query)), project);
  }

  @Get(':project')
  @Needs('read')
  @ApiOperation({ summary: 'Get a project' })
  @ApiParam({ name: 'project', type: String, example: 'default' })
  @ApiOkResponse({ type: Project })
  @ApiFaults(...usual, 'project_not_found')
  async get(@Param('project') id: string): Promise<Project> {
    const stored = await this.projects.get(id);
    if (stored === null) throw new Fault('project_not_found', { project: id });
    return project(stored.document);
  }
}

function project({ id, name, createdAt }: ProjectRecord): Project {
  return { id, name, createdAt: timeText(createdAt) };
}
