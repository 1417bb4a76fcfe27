import { STATUS_CODES } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import { addEdgeRefusals, operationsOf } from './edge-refusals.ts';

const description = `Hookyard delivers webhooks: producers emit CloudEvents, webhooks say which of them they want, and each match is delivered, signed, retried and recorded.

Every refusal is a problem document (RFC 9457) with a stable \`code\`; what is wrong with a request is listed field by field. Lists answer \`items\` and, while there is more, a \`cursor\` to ask again with.`;

/** The API as its code says it: OpenAPI 3.1. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Hookyard')
    .setDescription(description)
    .setVersion('1')
    .addTag('webhooks', 'Which endpoint gets which events.')
    .addTag('events', 'What happened: CloudEvents in, and why each webhook did or did not get them.')
    .addTag('deliveries', 'What was sent, what came back, and sending it again.')
    .addTag('event types', 'What the data of an event looks like.')
    .addTag('projects', 'Each is a world of its own.')
    .addTag('tokens', 'Who may do what in a project.')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The administrator\'s token, or a token of the project.' })
    .build();
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory });
  nameStatuses(document);
  addEdgeRefusals(document);
  return withTypesOfNull(document) as OpenAPIObject;
}

/** `TokensHttp` and `create` are `tokens.create`. */
function operationIdFactory(controller: string, method: string): string {
  const name = controller.replace(/(Http|Controller)$/, '');
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}.${method}`;
}

/** A response must have a description; where the code has none, the status says it. */
function nameStatuses(document: OpenAPIObject): void {
  for (const [status, response] of operationsOf(document).flatMap(({ responses }) => Object.entries(responses) as [string, { description?: string }][])) {
    if (response.description === '') response.description = STATUS_CODES[status] ?? status;
  }
}

/** OpenAPI 3.1 says `type: [string, null]` where 3.0 said `nullable`. */
function withTypesOfNull(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTypesOfNull);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = value as Record<string, unknown>;
  const copied = Object.fromEntries(Object.entries(rest).map(([name, member]) => [name, withTypesOfNull(member)]));
  if (nullable === undefined) return copied;
  return nullable === true && typeof copied['type'] === 'string' ? { ...copied, type: [copied['type'], 'null'] } : { ...copied, nullable: withTypesOfNull(nullable) };
}
