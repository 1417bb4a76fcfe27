import { type Actor, Fault, type TokenScope } from '@hookyard/event-schemas';
import { type CanActivate, createParamDecorator, type ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';

/** Who a request comes from, and what it may do. */
export type Caller = {
  readonly actor: Actor;
  /** May do everything, everywhere. */
  readonly isAdmin: boolean;
  /** The one project that a token is for. */
  readonly project?: string;
  readonly scopes: readonly TokenScope[];
};

export interface Authenticator {
  /** The caller behind a bearer token, or null when it is not valid (any more). Compares in constant time. */
  authenticate(bearer: string): Promise<Caller | null>;
}

export const TOKEN_AUTHENTICATOR = Symbol('Authenticator');

export type Need = TokenScope | 'admin';

const needs = 'hookyard:needs';

/** What the caller needs, any of them; the administrator may everything. On a controller, or on a method to say otherwise. */
export const Needs = (...any: readonly Need[]): MethodDecorator & ClassDecorator => SetMetadata(needs, any);

/** No bearer token is asked for: health, documentation, and dialects that authenticate in their vendor's way. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(needs, 'public');

/** The caller of the request, in a controller's method. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => callerOf(context.switchToHttp().getRequest()));

type AuthenticatedRequest = FastifyRequest & { hookyardCaller?: Caller };

/** Refused with `unauthenticated` on a public route. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = (request as AuthenticatedRequest).hookyardCaller;
  if (caller === undefined) throw new Fault('unauthenticated');
  return caller;
}

/**
 * The one auth guard. A route that says nothing needs the administrator. A token acts only within its own project:
 * the route's parameter `project` must name it.
 */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(TOKEN_AUTHENTICATOR) private readonly authenticator: Authenticator,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const need = this.reflector.getAllAndOverride<readonly Need[] | 'public' | undefined>(needs, [context.getHandler(), context.getClass()]);
    if (need === 'public') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const caller = await this.authenticator.authenticate(bearerOf(request));
    if (caller === null) throw new Fault('unauthenticated');
    request.hookyardCaller = caller;
    permit(caller, need ?? ['admin'], (request.params as { readonly project?: string }).project);
    return true;
  }
}

/** Throws `Fault('forbidden')` unless the caller may. For routes whose project is not a parameter, too. */
export function permit(caller: Caller, any: readonly Need[], project: string | undefined): void {
  if (caller.isAdmin) return;
  const inScope = any.some((need) => need !== 'admin' && caller.scopes.includes(need));
  if (!inScope) throw new Fault('forbidden', { needs: any });
  if (project === undefined || project !== caller.project) throw new Fault('forbidden', {}, { message: 'The token is for another project.' });
}

// RFC 6750, section 2.1.
const bearerPattern = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;

/** The bearer token of a request; throws `Fault('unauthenticated')` when it has none. */
export function bearerOf(request: FastifyRequest): string {
  const token = bearerPattern.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) throw new Fault('unauthenticated');
  return token;
}
