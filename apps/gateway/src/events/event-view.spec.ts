import { explanationView } from './event-view.ts';

describe('an explanation', () => {
  it('calls webhooks as the clients of their project do, the one that a ping is for included', () => {
    const reason = { code: 'addressed_to_another', actual: 'shop:mine', message: 'The event is a ping for shop:mine alone.' };
    const webhooks = [{ webhookId: 'shop:mine', webhookRevision: 1, matched: true }, { webhookId: 'wh_1', webhookRevision: 2, matched: false, reason }];
    const shown = explanationView('shop', { eventId: 'evt_1', webhooks, truncated: false });
    expect(shown).toEqual({
      eventId: 'evt_1', truncated: false,
      webhooks: [{ webhookId: 'mine', webhookRevision: 1, matched: true }, { webhookId: 'wh_1', webhookRevision: 2, matched: false, reason: { code: 'addressed_to_another', actual: 'mine', message: 'The event is a ping for mine alone.' } }],
    });
  });

  it('leaves what an event held as it is, also when it looks like a name', () => {
    const reason = { code: 'filter_not_matched', condition: 'data.a $eq 1', actual: 'shop:mine', message: 'It is shop:mine.' };
    const [webhook] = explanationView('shop', { eventId: 'evt_1', webhooks: [{ webhookId: 'shop:mine', webhookRevision: 1, matched: false, reason }], truncated: false }).webhooks;
    expect(webhook?.reason).toEqual(reason);
  });
});
