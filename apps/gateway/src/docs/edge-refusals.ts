import { faultCodes } from '@hookyard/event-schemas';
import { problemContentType } from '@hookyard/runtime/http';
import type { OpenAPIObject } from '@nestjs/swagger';

type Operation = { requestBody?: unknown; responses: Record<string, unknown> };

/** What the edge itself may answer on every route, before the route is asked. A route that documents a status itself keeps its words. */
export function addEdgeRefusals(document: OpenAPIObject): void {
  for (const operation of operationsOf(document)) {
    const { responses } = operation;
    responses['400'] ??= refusal(`\`invalid_request\`: ${faultCodes.invalid_request}`);
    if (operation.requestBody !== undefined) {
      responses['413'] ??= refusal(`\`payload_too_large\`: ${faultCodes.payload_too_large}`);
      responses['415'] ??= refusal('`unsupported_media_type`: The content type is none that is read here.');
    }
    responses['default'] = refusal('Any other refusal, such as an address that is too long, or breakage on our side (`internal_error`).');
  }
}

export function operationsOf(document: OpenAPIObject): readonly Operation[] {
  const items = Object.values(document.paths).flatMap(({ get, put, post, patch, delete: remove }) => [get, put, post, patch, remove]);
  return items.filter((operation) => operation !== undefined);
}

function refusal(description: string): object {
  return { description, content: { [problemContentType]: { schema: { $ref: '#/components/schemas/ProblemDocument' } } } };
}
