import type { AttemptRecord, DeliveriesHead, DeliveryDocument } from '@hookyard/event-schemas';
import type { Projection } from '@hookyard/event-sourcing';
import { projectionSpec } from '@hookyard/event-sourcing/testing';
import { deliveryProjections } from './delivery-projection.ts';
import { attempted, cancelled, facts, ok, ordered, orderedAgain, request, unavailable } from './harness.ts';

const projections = deliveryProjections(100_000);

/** Both topics into one, as they reach the collection. */
const both: Projection<AttemptRecord | DeliveriesHead, DeliveryDocument> = (message) => ('deliveries' in message ? projections.ordered(message) : projections.ended(message));
const { given } = projectionSpec(both);
const attempts = projectionSpec(projections.attempted);

const delivery = {
  id: 'dlv_1', project: 'shop', webhookId: 'wh_1', webhookRevision: 2, eventId: 'evt_1', eventType: 'order.placed', subject: 'orders/7', source: '/shop',
  sourceEventId: '7', origin: { partition: 1, offset: 41 }, sequence: 42, createdAt: 1_000,
} as const;

describe('a delivery in the history', () => {
  it('is pending from the moment it is ordered', () => {
    given(ordered()).then('dlv_1', { ...delivery, status: 'pending', attempts: 0 });
  });

  it('waits for its next attempt', () => {
    const retrying: DeliveryDocument = { ...delivery, status: 'retrying', attempts: 1, lastAttemptAt: 2_000, durationMs: 50, nextAttemptAt: 4_000, lastStatusCode: 503, lastFailure: 'http_503' };
    given(ordered(), attempted(1, 'retrying')).then('dlv_1', retrying);
  });

  it('ends as its last attempt did', () => {
    const ended = { ...delivery, attempts: 2, lastAttemptAt: 4_000, durationMs: 50, endedAt: 4_050 };
    given(ordered(), attempted(1, 'retrying'), attempted(2, 'succeeded')).then('dlv_1', { ...ended, status: 'succeeded', lastStatusCode: 204 });
    given(ordered(), attempted(1, 'retrying'), attempted(2, 'failed')).then('dlv_1', { ...ended, status: 'failed', lastStatusCode: 503, lastFailure: 'http_503' });
  });

  it.each([
    [{ kind: 'timed_out', stage: 'response', afterMs: 50 } as const, 'timed_out'],
    [{ kind: 'connection_failed', code: 'ECONNREFUSED', message: 'refused' } as const, 'connection_failed'],
    [{ kind: 'not_sent', code: 'address_denied', message: 'private' } as const, 'not_sent'],
  ])('says why nothing came back: %j', (outcome, lastFailure) => {
    given(attempted(1, 'failed', { outcome })).then('dlv_1', { ...delivery, status: 'failed', attempts: 1, lastAttemptAt: 2_000, durationMs: 50, endedAt: 2_050, lastFailure });
  });

  it('ends as cancelled with the reason', () => {
    given(ordered(), attempted(1, 'retrying'), cancelled(1)).then('dlv_1', { ...delivery, status: 'cancelled', attempts: 1, endedAt: 9_000, cancelReason: 'webhook_deleted' });
  });

  it('is pending again when it is sent again, and goes on from there', () => {
    given(ordered(), attempted(1, 'failed'), orderedAgain(1)).then('dlv_1', { ...delivery, status: 'pending', attempts: 1, requestId: 'request-1' });
    given(ordered(), attempted(1, 'failed'), orderedAgain(1), attempted(2, 'succeeded')).then('dlv_1', {
      ...delivery, status: 'succeeded', attempts: 2, lastAttemptAt: 4_000, durationMs: 50, endedAt: 4_050, lastStatusCode: 204,
    });
  });

  it('may be cancelled and sent again any number of times', () => {
    const history = [ordered(), cancelled(0), orderedAgain(1), cancelled(1, { at: 10_000 }), orderedAgain(2, 'request-2')];
    const seen = history.map((_, at) => history.slice(0, at + 1).flatMap(both).reduce((newest, write) => (write.revision > newest.revision ? write : newest)).document.status);
    expect(seen).toEqual(['pending', 'cancelled', 'pending', 'cancelled', 'pending']);
    given(...history, attempted(3, 'succeeded')).thenInAnyOrder();
  });

  it.each([
    ['a first success', [ordered(), attempted(1, 'succeeded')]],
    ['retries', [ordered(), attempted(1, 'retrying'), attempted(2, 'retrying'), attempted(3, 'failed')]],
    ['a cancellation', [ordered(), attempted(1, 'retrying'), cancelled(1)]],
    ['a redelivery', [ordered(), attempted(1, 'failed'), orderedAgain(1), attempted(2, 'succeeded')]],
    ['a redelivery that is cancelled', [ordered(), attempted(1, 'succeeded'), orderedAgain(1), cancelled(1)]],
  ])('is the same whatever the order of the messages, and twice: %s', (_, messages) => {
    given(...messages).thenInAnyOrder();
    given(...messages).thenTwiceChangesNothing();
  });

  it('is one of those that a message orders', () => {
    const deliveries = ['dlv_1', 'dlv_2', 'dlv_3'].map((id) => ({ id, webhookId: `wh_${id}`, webhookRevision: 0 }));
    expect(projections.ordered(ordered({}, { deliveries })).map(({ id }) => id)).toEqual(['dlv_1', 'dlv_2', 'dlv_3']);
  });

  it('needs no subject', () => {
    const { eventSubject: _, ...without } = attempted(1, 'succeeded');
    const { subject: __, ...event } = ordered().event;
    for (const [write] of [projections.ended(without), projections.ordered(ordered({}, { event }))]) expect(write?.document).not.toHaveProperty('subject');
  });

  it('is kept for as long as was set after the last thing that happened', () => {
    expect(projections.ordered(ordered())[0]?.expiresAt).toBe(101_000);
    expect(projections.ended(attempted(1, 'retrying'))[0]?.expiresAt).toBe(102_050);
    expect(projections.ended(cancelled(1))[0]?.expiresAt).toBe(109_000);
    expect(projections.ordered(orderedAgain(1))[0]?.expiresAt).toBe(108_000);
  });
});

describe('an attempt in the history', () => {
  const { deliveryId, webhookId, webhookRevision, project } = facts;
  const attempt = { deliveryId, webhookId, webhookRevision, project, durationMs: 50, request };

  it('is kept with what went out and what came back', () => {
    attempts.given(attempted(1, 'retrying'), attempted(2, 'succeeded', { trigger: 'redelivery', requestedBy: 'admin' })).then('dlv_1-1', {
      ...attempt, id: 'dlv_1-1', attempt: 1, trigger: 'event', startedAt: 2_000, outcome: unavailable, status: 'retrying', nextAttemptAt: 4_000,
    });
    attempts.given(attempted(2, 'succeeded', { trigger: 'redelivery', requestedBy: 'admin' })).then('dlv_1-2', {
      ...attempt, id: 'dlv_1-2', attempt: 2, trigger: 'redelivery', requestedBy: 'admin', startedAt: 4_000, outcome: ok, status: 'succeeded',
    });
  });

  it('is the first that is said of it', () => {
    attempts.given(attempted(1, 'succeeded'), attempted(1, 'failed')).then('dlv_1-1', { ...attempt, id: 'dlv_1-1', attempt: 1, trigger: 'event', startedAt: 2_000, outcome: ok, status: 'succeeded' });
    attempts.given(attempted(1, 'succeeded')).thenTwiceChangesNothing();
  });

  it('is none when a delivery is cancelled', () => {
    expect(projections.attempted(cancelled(1))).toEqual([]);
  });
});
