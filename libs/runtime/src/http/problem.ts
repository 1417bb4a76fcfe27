import { faultCodes, type Fault, type FieldProblem } from '@hookyard/event-schemas';
import { HttpException } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { faultStatus } from './fault-status.ts';

export const problemContentType = 'application/problem+json';

export class FieldProblemDocument implements FieldProblem {
  @ApiProperty({ description: 'Dotted path of the field, `[n]` for list places. Empty for the whole.', example: 'headers[0].name' })
  readonly field!: string;
  @ApiProperty({ description: 'Stable code of the rule.', example: 'unknown_field' })
  readonly code!: string;
  @ApiProperty({ description: 'One sentence for a person.' })
  readonly reason!: string;
}

/** What every refusal looks like on the wire: RFC 9457. */
export class ProblemDocument {
  @ApiProperty({ description: 'URI of the kind of problem.', example: 'urn:hookyard:problem:invalid_request' })
  readonly type!: string;
  @ApiProperty({ description: 'The kind of problem in words.' })
  readonly title!: string;
  @ApiProperty({ description: 'The HTTP status.', example: 400 })
  readonly status!: number;
  @ApiProperty({ description: 'Stable code: what programs decide by.', example: 'invalid_request' })
  readonly code!: string;
  @ApiProperty({ description: 'What was wrong this time.' })
  readonly detail!: string;
  @ApiProperty({ description: 'The path that was asked.' })
  readonly instance!: string;
  @ApiProperty({ description: 'Id of the request, as in header x-request-id and in the log.' })
  readonly requestId!: string;
  @ApiProperty({ description: 'Everything wrong with the request, field by field.', type: [FieldProblemDocument], required: false })
  readonly problems?: readonly FieldProblem[];
}

export type ProblemPlace = { readonly instance: string; readonly requestId: string };

export function problemOf(fault: Fault, place: ProblemPlace): ProblemDocument {
  const { problems } = fault.details;
  return {
    ...outline(fault.code, faultStatus[fault.code], faultCodes[fault.code]),
    detail: fault.message,
    ...place,
    ...(problems === undefined ? {} : { problems }),
  };
}

/** What the HTTP server itself refuses: an unknown route, a body too large, a type it cannot read. */
export function problemOfStatus(status: number, detail: string, place: ProblemPlace): ProblemDocument {
  const [code, title] = serverProblems[status] ?? (['invalid_request', faultCodes.invalid_request] as const);
  return { ...outline(code, status, title), detail, ...place };
}

/** Breakage: tells nothing but where to look it up. */
export function problemOfBreakage(place: ProblemPlace): ProblemDocument {
  return {
    ...outline('internal_error', 500, 'Something broke on our side.'),
    detail: `Something broke on our side. The log has the cause, under request ${place.requestId}.`,
    ...place,
  };
}

/** The status and sentence of what Nest or Fastify refused with, or null when it is breakage. */
export function serverRefusal(error: unknown): { readonly status: number; readonly detail: string } | null {
  if (error instanceof HttpException) return { status: error.getStatus(), detail: error.message };
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return null;
  return error.statusCode < 500 ? { status: error.statusCode, detail: error.message } : null;
}

const serverProblems: Readonly<Record<number, readonly [code: string, title: string]>> = {
  401: ['unauthenticated', faultCodes.unauthenticated],
  403: ['forbidden', faultCodes.forbidden],
  404: ['not_found', faultCodes.not_found],
  405: ['method_not_allowed', 'This method is not for this address.'],
  413: ['payload_too_large', faultCodes.payload_too_large],
  415: ['unsupported_media_type', 'The content type is none that is read here.'],
  429: ['overloaded', faultCodes.overloaded],
  503: ['unavailable', 'Not available at the moment. Try again later.'],
};

function outline(code: string, status: number, title: string) {
  return { type: `urn:hookyard:problem:${code}`, title, status, code };
}
