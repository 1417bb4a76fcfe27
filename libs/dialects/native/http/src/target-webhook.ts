import { callerOf } from '@hookyard/runtime/http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Target } from './change-webhook.ts';
import type { Creation } from './create-webhook.ts';
import { readIfMatch, readIfNoneMatch } from './etag.ts';

type WebhookRequest = FastifyRequest<{ Params: { project: string; webhook: string } }>;

/** The webhook that the route names, who asks, and on which condition: `If-Match`, `If-None-Match`. */
export const TargetWebhook = createParamDecorator((_: unknown, context: ExecutionContext): Target => {
  const request = context.switchToHttp().getRequest<WebhookRequest>();
  const ifMatch = readIfMatch(request.headers['if-match']);
  return {
    project: request.params.project,
    webhookId: request.params.webhook,
    actor: callerOf(request).actor,
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ifAbsent: readIfNoneMatch(request.headers['if-none-match']),
  };
});

/** The project that a new webhook is for, who creates it, and the `Idempotency-Key`. */
export const NewWebhook = createParamDecorator((_: unknown, context: ExecutionContext): Creation => {
  const request = context.switchToHttp().getRequest<WebhookRequest>();
  const key = request.headers['idempotency-key'];
  return {
    project: request.params.project,
    actor: callerOf(request).actor,
    // Several headers of this name are no key either, and are refused as one with a comma and a blank.
    ...(key === undefined ? {} : { idempotencyKey: String(key) }),
  };
});
