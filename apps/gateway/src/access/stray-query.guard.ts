import { Fault } from '@hookyard/event-schemas';
import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';

/**
 * Refuses query parameters on routes of the native API that read none. Where a route reads some, the validation pipe refuses
 * the others. Dialects beyond `/v1` do as their vendors do.
 */
@Injectable()
export class StrayQueryGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { url, query } = context.switchToHttp().getRequest<FastifyRequest>();
    if (!url.includes('?') || !url.startsWith('/v1/') || readsQuery(context)) return true;
    const problems = Object.keys(query ?? {}).map((field) => ({ field, code: 'unknown_field', reason: `There is no parameter ${field} here.` }));
    if (problems.length > 0) throw new Fault('invalid_request', { problems });
    return true;
  }
}

/** Nest keeps the arguments of a handler as `<kind>:<place>` with its class. */
function readsQuery(context: ExecutionContext): boolean {
  const args: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name);
  return Object.keys(args ?? {}).some((argument) => argument.startsWith(`${RouteParamtypes.QUERY}:`));
}
