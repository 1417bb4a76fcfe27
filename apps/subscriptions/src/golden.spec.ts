/** What the rules make of the golden facts and commands: each command still leads to its fact, each fact to its record. */
import { readFileSync } from 'node:fs';
import type { CatalogueRecord, ProjectCommand, ProjectFact, WebhookCommand, WebhookFact, WebhookRecord } from '@hookyard/event-schemas';
import { byName, webhookOf } from './definitions.ts';
import { dialects } from './dialects.generated.ts';
import { project } from './project.ts';
import { projectProjection } from './project-projection.ts';
import { webhookProjection } from './webhook-projection.ts';

const golden = <Type>(name: string): Type =>
  JSON.parse(readFileSync(new URL(`../../../libs/event-schemas/golden/${name}.v1.json`, import.meta.url), 'utf8')) as Type;

const webhook = webhookOf(byName(dialects));
const webhookHistory = [
  ['CreateWebhook', 'WebhookCreated'], ['ChangeWebhook', 'WebhookChanged'], ['DisableWebhook', 'WebhookDisabled'],
  ['EnableWebhook', 'WebhookEnabled'], ['RotateSecret', 'SecretRotated'], ['DeleteWebhook', 'WebhookDeleted'],
] as const;
const projectHistory = [
  ['CreateProject', 'ProjectCreated'], ['IssueToken', 'TokenIssued'], ['RegisterEventType', 'EventTypeRegistered'],
  ['RevokeToken', 'TokenRevoked'], ['RemoveEventType', 'EventTypeRemoved'],
] as const;

const webhookFacts = (count: number): readonly WebhookFact[] => webhookHistory.slice(0, count).map(([, fact]) => golden<WebhookFact>(fact));
const projectFacts = (count: number): readonly ProjectFact[] => projectHistory.slice(0, count).map(([, fact]) => golden<ProjectFact>(fact));
const webhookAfter = (count: number) => webhookFacts(count).reduce(webhook.evolve, webhook.initialState);
const projectAfter = (count: number) => projectFacts(count).reduce(project.evolve, project.initialState);

describe('the golden commands to a webhook', () => {
  it.each(webhookHistory.map(([command, fact], place) => [command, fact, place] as const))('%s leads to %s', (command, fact, place) => {
    expect(webhook.decide(golden<WebhookCommand>(command), webhookAfter(place))).toEqual([golden(fact)]);
  });
});

describe('the golden commands to a project', () => {
  it.each(projectHistory.map(([command, fact], place) => [command, fact, place] as const))('%s leads to %s', (command, fact, place) => {
    expect(project.decide(golden<ProjectCommand>(command), projectAfter(place))).toEqual([golden(fact)]);
  });
});

describe('the golden facts', () => {
  const { entries } = webhookProjection(byName(dialects));

  it('lead to the record of the webhook that others know', () => {
    expect(entries(webhookAfter(3), webhookFacts(3))[0]).toMatchObject({ record: { ...golden<WebhookRecord>('WebhookRecord'), secrets: expect.any(Array) as unknown[] } });
    expect(entries(webhookAfter(3), webhookFacts(3))[0]?.document).toMatchObject({ name: 'orders to the warehouse', labels: ['team:logistics'] });
    expect(entries(webhookAfter(6), webhookFacts(6))[0]).toMatchObject({ record: null, document: null });
  });

  it('lead to the records of the project, its token and its event type', () => {
    const records = projectProjection.entries(projectAfter(3), projectFacts(3)).map(({ record }) => record);
    expect(records).toEqual(['ProjectRecord', 'TokenRecord', 'EventTypeRecord'].map((name) => golden<CatalogueRecord>(name)));
    expect(projectProjection.entries(projectAfter(5), projectFacts(5)).map(({ record }) => record === null)).toEqual([false, true, true]);
  });
});
