/**
 * Golden files: each fact and message as it was first written, never edited afterwards. Streams and topics hold such ones for years,
 * so every build must read every one. Here: that there is one of each, and what this package itself makes of them;
 * what the services make of them is asserted beside the services.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { ProjectCommand, RedeliverCommand, WebhookCommand } from './commands.ts';
import type { AttemptRecord, DeliveriesHead } from './delivery-messages.ts';
import { fromEventHeaders, toEventHeaders, type EventAttributes } from './domain-event.ts';
import type { ExplainCommand } from './explain.ts';
import { frame, unframe } from './frame.ts';
import type { Headers } from './headers.ts';
import type { LedgerFact } from './ledger-facts.ts';
import type { ProjectFact } from './project-facts.ts';
import { evolveWebhook, type WebhookFact, type WebhookState } from './webhook-facts.ts';

const folder = new URL('../golden/', import.meta.url);
const golden = (name: string): unknown => JSON.parse(readFileSync(new URL(`${name}.v1.json`, folder), 'utf8'));

type Typed = (WebhookFact | ProjectFact | LedgerFact | WebhookCommand | ProjectCommand | RedeliverCommand | ExplainCommand)['type'];

/** Complete by its type: a new fact or command does not compile until it is named here. */
const typed: Record<Typed, true> = {
  WebhookCreated: true, WebhookChanged: true, WebhookEnabled: true, WebhookDisabled: true, SecretRotated: true, WebhookDeleted: true,
  ProjectCreated: true, TokenIssued: true, TokenRevoked: true, EventTypeRegistered: true, EventTypeRemoved: true, DeliveriesEnded: true,
  CreateWebhook: true, ChangeWebhook: true, EnableWebhook: true, DisableWebhook: true, RotateSecret: true, DeleteWebhook: true,
  CreateProject: true, IssueToken: true, RevokeToken: true, RegisterEventType: true, RemoveEventType: true, Redeliver: true, Explain: true,
};
const records: Record<AttemptRecord['record'], string> = { attempted: 'Attempted', cancelled: 'Cancelled' };

describe('the golden files', () => {
  it.each(Object.keys(typed))('have a %s', (type) => expect(golden(type)).toMatchObject({ type }));

  it.each(Object.entries(records))('have a record that says %s', (record, name) => expect(golden(name)).toMatchObject({ record }));

  it('have the records of compacted topics', () => {
    expect(golden('WebhookRecord')).toMatchObject({ dialect: 'native', status: 'disabled' });
    expect(['ProjectRecord', 'TokenRecord', 'EventTypeRecord'].map(golden)).toMatchObject([{ kind: 'project' }, { kind: 'token' }, { kind: 'event_type' }]);
  });

  it('are JSON, all of them, and named after what they hold and its version', () => {
    for (const file of readdirSync(folder)) {
      expect(file).toMatch(/^[A-Z][A-Za-z]+(\.[a-z-]+)?\.v1\.json$/);
      expect(golden(file.replace('.v1.json', ''))).toBeInstanceOf(Object);
    }
  });
});

describe('a golden event', () => {
  const { headers, attributes } = golden('DomainEvent') as { readonly headers: Headers; readonly attributes: EventAttributes };

  it('is read from its headers', () => expect(fromEventHeaders(headers)).toEqual(attributes));

  it('is written as these headers', () => expect(toEventHeaders(attributes)).toEqual(headers));
});

describe('a golden message of deliveries', () => {
  it('travels with its body', () => {
    const head = golden('DeliveriesHead') as DeliveriesHead;
    const { head: read, body } = unframe<DeliveriesHead>(frame(head, Buffer.from('{"amount": 120}')));
    expect(read).toEqual(head);
    expect(body.toString()).toBe('{"amount": 120}');
  });
});

describe('golden facts of a webhook', () => {
  const states = ['WebhookCreated', 'WebhookChanged', 'WebhookDisabled', 'WebhookEnabled', 'SecretRotated', 'WebhookDeleted'].reduce<readonly WebhookState[]>(
    (before, type) => [...before, evolveWebhook(before.at(-1) ?? { status: 'absent' }, golden(type) as WebhookFact)],
    [],
  );

  it('lead to the webhook they tell of, at each revision', () => {
    expect(states.map((state) => (state.status === 'live' ? [state.record.revision, state.record.status] : [state.status]))).toEqual([
      [0, 'enabled'], [1, 'enabled'], [2, 'disabled'], [3, 'enabled'], [4, 'enabled'], ['deleted'],
    ]);
  });

  it('keep the request that created it, and every secret that signs', () => {
    const rotated = golden('SecretRotated') as Extract<WebhookFact, { type: 'SecretRotated' }>;
    const created = golden('WebhookCreated') as Extract<WebhookFact, { type: 'WebhookCreated' }>;
    expect(states[4]).toMatchObject({ requestHash: created.data.requestHash, record: { secrets: rotated.data.secrets } });
  });
});
