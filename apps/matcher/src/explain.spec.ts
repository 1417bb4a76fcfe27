import { eventId, type ExplainCommand } from '@hookyard/event-schemas';
import type { Message } from '@hookyard/ports';
import { expectFault } from '@hookyard/ports/testing';
import { createWorld, type World } from './harness.ts';

let world: World;
beforeEach(async () => (world = await createWorld()));
afterEach(() => world.engine.close());

function about({ partition, offset }: Message, changed: Partial<ExplainCommand> = {}): ExplainCommand {
  return { type: 'Explain', project: 'shop', eventId: eventId('shop', '/test', '1'), origin: { partition, offset }, ...changed };
}

describe('an explanation', () => {
  it('speaks of every webhook of the project, by id, with the reason why it did not match', async () => {
    await world.webhook({ id: 'unread', revision: 2, definition: null });
    await world.webhook({ id: 'foreign', project: 'other' });
    await world.webhook({ id: 'exotic', dialect: 'unheard-of' });
    await world.webhook({ id: 'disabled', status: 'disabled' });
    await world.webhook({ id: 'explodes', definition: { types: ['*'], explode: true } });
    await world.webhook({ id: 'builds', definition: { types: ['build.*'] } });
    await world.webhook({ id: 'all', revision: 4 });
    const { explain } = await world.start();
    const reply = await explain(about(await world.event()));
    expect(reply).toEqual({
      eventId: eventId('shop', '/test', '1'),
      truncated: false,
      webhooks: [
        { webhookId: 'all', webhookRevision: 4, matched: true },
        {
          webhookId: 'builds', webhookRevision: 0, matched: false,
          reason: { code: 'type_not_subscribed', condition: 'type build.*', actual: 'order.created', message: 'The event is of type order.created, and the webhook subscribes to build.*.' },
        },
        { webhookId: 'disabled', webhookRevision: 0, matched: false, reason: { code: 'webhook_disabled', message: 'The webhook is disabled.' } },
        { webhookId: 'exotic', webhookRevision: 0, matched: false, reason: { code: 'not_concerned', message: 'This build has no dialect named unheard-of.' } },
        { webhookId: 'explodes', webhookRevision: 0, matched: false, reason: { code: 'filter_not_matched', message: 'The condition could not be evaluated: boom' } },
        { webhookId: 'unread', webhookRevision: 2, matched: false, reason: { code: 'not_concerned', message: 'Its definition cannot be read: no types are given' } },
      ],
    });
  });

  it('knows of every change published before it was asked for', async () => {
    const { explain } = await world.start();
    const message = await world.event();
    for (let at = 0; at < 50; at += 1) await world.webhook({ id: `w${at}` });
    expect((await explain(about(message))).webhooks).toHaveLength(50);
  });

  it('of a ping names the one it is for', async () => {
    await world.webhook({ id: 'w', status: 'disabled' });
    await world.webhook({ id: 'x' });
    const { explain } = await world.start();
    const { webhooks } = await explain(about(await world.event({}, { onlyWebhook: 'w' })));
    expect(webhooks).toEqual([
      { webhookId: 'w', webhookRevision: 0, matched: true },
      { webhookId: 'x', webhookRevision: 0, matched: false, reason: { code: 'addressed_to_another', actual: 'w', message: 'The event is a ping for w alone.' } },
    ]);
  });

  it('is cut where a reply ends, and says so', async () => {
    for (let at = 0; at < 101; at += 1) await world.webhook({ id: `w${String(at).padStart(3, '0')}` });
    const { explain } = await world.start();
    const reply = await explain(about(await world.event()));
    expect(reply.truncated).toBe(true);
    expect(reply.webhooks.map(({ webhookId }) => webhookId)).toEqual(Array.from({ length: 100 }, (_, at) => `w${String(at).padStart(3, '0')}`));
  });

  it('is refused for what is not there, or is another event', async () => {
    const { explain } = await world.start();
    const message = await world.event();
    const { partition, offset } = message;
    const wrong = [{ eventId: 'evt_other' }, { project: 'other' }, { origin: { partition, offset: offset + 1 } }];
    for (const changed of wrong) await expectFault(explain(about(message, changed)), 'event_not_found');
  });
});
