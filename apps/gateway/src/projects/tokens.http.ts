import { Fault, tokensCollection } from '@hookyard/event-schemas';
import type { TokenDocument, TokenRecord, TokenScope } from '@hookyard/event-schemas';
import type { Clock, Collection } from '@hookyard/ports';
import { CLOCK } from '@hookyard/ports';
import { CurrentCaller, Needs } from '@hookyard/runtime/http';
import type { Caller } from '@hookyard/runtime/http';
import { Body, Delete, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, ArrayUnique, IsArray, IsIn, IsISO8601, IsOptional, IsString, Length } from 'class-validator';
import { newToken } from '../access/token-text.ts';
import { PageAnswer, pageOf, PageQuery, paging } from '../rest/page.ts';
import { ProjectController, ProjectFaults } from '../rest/project-routes.ts';
import { timeMs, timeText } from '../rest/time.ts';
import { PROJECT_COMMANDS, recordOf } from './project-commands.ts';
import type { ProjectCommands } from './project-commands.ts';

export const TOKENS = Symbol(tokensCollection.name);

const scopes: readonly TokenScope[] = ['manage', 'emit', 'read'];
const scopesSchema = { enum: [...scopes], isArray: true, description: '`emit`: accept events. `read`: everything that changes nothing. `manage`: webhooks, event types, redelivery; includes `read`.' };

const tokenExamples = {
  producer: { summary: 'For a producer', value: { name: 'checkout service', scopes: ['emit'] } },
  console: { summary: 'For a console', value: { name: 'console', scopes: ['manage', 'read'] } },
};

export class CreateToken {
  @ApiProperty({ description: 'For people: what it is used for.', example: 'checkout service', maxLength: 200 })
  @IsString() @Length(1, 200)
  readonly name!: string;

  @ApiProperty({ ...scopesSchema, example: ['emit'] })
  @IsArray() @ArrayNotEmpty() @ArrayUnique() @ArrayMaxSize(scopes.length) @IsIn(scopes, { each: true })
  readonly scopes!: TokenScope[];

  @ApiPropertyOptional({ description: 'From then on it is not valid. Default: valid until it is revoked.', format: 'date-time' })
  @IsOptional() @IsISO8601({ strict: true, strictSeparator: true })
  readonly expiresAt?: string;
}

export class Token {
  @ApiProperty({ example: 'tok_5f0c1a9d4e2b7c86a1d3f4b5c6e7f809' })
  readonly id!: string;
  @ApiProperty({ example: 'checkout service' })
  readonly name!: string;
  @ApiProperty(scopesSchema)
  readonly scopes!: readonly TokenScope[];
  @ApiProperty({ format: 'date-time' })
  readonly createdAt!: string;
  @ApiPropertyOptional({ format: 'date-time' })
  readonly expiresAt?: string;
}

export class NewToken extends Token {
  @ApiProperty({ description: 'The bearer token. Shown this once: only its hash is kept.', example: 'hyk_5f0c1a9d4e2b7c86a1d3f4b5c6e7f809_…' })
  readonly token!: string;
}

export class TokenList extends PageAnswer {
  @ApiProperty({ type: [Token] })
  readonly items!: Token[];
}

@ProjectController('tokens', 'tokens')
export class TokensHttp {
  constructor(
    @Inject(PROJECT_COMMANDS) private readonly command: ProjectCommands,
    @Inject(TOKENS) private readonly tokens: Collection<TokenDocument>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @Needs('admin')
  @ApiOperation({ summary: 'Create a token', description: 'Should the answer get lost, revoke the token and create another: it is not shown again.' })
  @ApiBody({ type: CreateToken, examples: tokenExamples })
  @ApiCreatedResponse({ type: NewToken })
  @ProjectFaults('deadline_exceeded')
  async create(@Param('project') project: string, @Body() request: CreateToken, @CurrentCaller() caller: Caller): Promise<NewToken> {
    const { id, text, hash } = newToken();
    const expiry = request.expiresAt === undefined ? {} : { expiresAt: this.futureMs(request.expiresAt) };
    const issue = { type: 'IssueToken', project, tokenId: id, name: request.name, scopes: request.scopes, hash, ...expiry } as const;
    return { ...token(recordOf('token', await this.command(caller.actor, issue))), token: text };
  }

  @Get()
  @Needs('manage')
  @ApiOperation({ summary: 'List tokens', description: 'Those that were not revoked, oldest first.' })
  @ApiOkResponse({ type: TokenList })
  @ProjectFaults('invalid_cursor')
  async list(@Param('project') project: string, @Query() query: PageQuery): Promise<TokenList> {
    const ofProject = { where: [{ field: 'project', op: 'eq', value: project }], sort: [['createdAt', 'asc']] } as const;
    return pageOf(await this.tokens.query({ ...ofProject, ...paging(query) }), token);
  }

  @Delete(':token')
  @Needs('admin')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke a token', description: 'In force when it is answered.' })
  @ApiParam({ name: 'token', type: String, description: 'Id of the token.' })
  @ApiNoContentResponse()
  @ProjectFaults('token_not_found', 'deadline_exceeded')
  async revoke(@Param('project') project: string, @Param('token') id: string, @CurrentCaller() caller: Caller): Promise<void> {
    const stored = await this.tokens.get(id);
    if (stored?.document.project !== project) throw new Fault('token_not_found', { token: id });
    await this.command(caller.actor, { type: 'RevokeToken', project, tokenId: id });
  }

  private futureMs(text: string): number {
    const at = timeMs(text);
    if (at > this.clock.now()) return at;
    throw new Fault('invalid_request', { problems: [{ field: 'expiresAt', code: 'in_the_past', reason: 'must be in the future' }] });
  }
}

function token({ id, name, scopes, createdAt, expiresAt }: TokenRecord): Token {
  return { id, name, scopes, createdAt: timeText(createdAt), ...(expiresAt === undefined ? {} : { expiresAt: timeText(expiresAt) }) };
}
