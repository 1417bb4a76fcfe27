import { native } from '@hookyard/dialect-native';
import type { Condition } from '@hookyard/ports';
import type { NativePorts } from './native-ports.ts';
import type { ListWebhooks } from './requests.ts';
import type { WebhookPage } from './responses.ts';
import { webhookView } from './webhook-view.ts';

/** The native webhooks of a project, newest first. */
export async function listWebhooks({ webhooks, box, clock }: NativePorts, project: string, asked: ListWebhooks): Promise<WebhookPage> {
  const page = await webhooks.query({
    where: conditions(project, asked),
    sort: [['createdAt', 'desc']],
    limit: asked.limit,
    ...(asked.cursor === undefined ? {} : { cursor: asked.cursor }),
  });
  const now = clock.now();
  return {
    items: page.items.map(({ document }) => webhookView(document.record, { box, now })),
    ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
  };
}

function conditions(project: string, { state, label, eventType }: ListWebhooks): readonly Condition[] {
  return [
    { field: 'project', op: 'eq', value: project },
    { field: 'dialect', op: 'eq', value: native.name },
    ...(state === undefined ? [] : [{ field: 'status', op: 'eq', value: state } as const]),
    ...(label === undefined ? [] : [{ field: 'labels', op: 'has', value: label } as const]),
    ...(eventType === undefined ? [] : [{ field: 'eventTypes', op: 'has', value: eventType } as const]),
  ];
}
