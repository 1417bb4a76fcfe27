import { Fault } from '@hookyard/event-schemas';
import { bearerOf, permit } from '@hookyard/runtime/http';
import type { Authenticator } from '@hookyard/runtime/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IntakeBudget } from '../intake/intake-budget.ts';
import type { Pressure } from '../intake/pressure.ts';

export type AdmissionPorts = {
  readonly authenticator: Authenticator;
  readonly pressure: Pick<Pressure, 'check'>;
  readonly budget: IntakeBudget;
  /** Largest body; one that does not say its length is reckoned as this. */
  readonly maxBytes: number;
};

/**
 * Decides about a request with events before its body is read: strangers may not occupy what producers share, and a full
 * pipeline refuses early. The bytes are given back when the answer is out, or the connection is gone.
 */
export function admission({ authenticator, pressure, budget, maxBytes }: AdmissionPorts) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const caller = await authenticator.authenticate(bearerOf(request));
    if (caller === null) throw new Fault('unauthenticated');
    permit(caller, ['emit'], (request.params as { readonly project?: string }).project);
    pressure.check();
    const declared = Number(request.headers['content-length'] ?? maxBytes);
    const release = budget.take(Math.min(declared, maxBytes));
    reply.raw.once('close', release);
  };
}
