import type { CatalogueEvent } from '@hookyard/dialect';

/** Emitted on request to try one webhook out. */
export const pingType = 'hookyard.ping';

export const event: CatalogueEvent = {
  type: pingType,
  title: 'Ping: a delivery on request, to try a webhook out',
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      webhookId: { type: 'string', description: 'The webhook that was to be tried out; nobody else receives the event.' },
      message: { type: 'string' },
    },
    required: ['webhookId', 'message'],
    additionalProperties: false,
  },
  example: { webhookId: 'wh_0123456789abcdef0123456789abcdef', message: 'Hello from Hookyard.' },
};
