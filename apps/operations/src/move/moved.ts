import { createHmac } from 'node:crypto';
import { attemptsCollection, deliveriesCollection, eventsCollection, eventTypesCollection, projectsCollection, tokensCollection, topics, webhooksCollection } from '@hookyard/event-schemas';
import type { Installation } from '@hookyard/platform';
import type { CollectionSpec } from '@hookyard/ports';

/** What is exported, or imported into. */
export type Moved = Pick<Installation, 'engine' | 'settings' | 'own' | 'masterKey' | 'clock'>;

/**
 * The topics that move, each message at its own offset. The others need not: `webhooks` and `projects` are shown anew from the streams,
 * and of commands and replies nobody waits for those of before.
 */
export const movedTopics = [topics.events, topics.deliveries, topics.attempts, topics.deadLetters] as const;

/** Topics that must be empty where an installation is moved to, beside those that move. */
export const shownTopics = [topics.webhooks, topics.projects] as const;

/** The groups whose places move, by name, and the topics in which they have some. */
export const movedGroups: ReadonlyMap<string, readonly string[]> = new Map([
  ['matcher', [topics.events]],
  ['dispatcher', [topics.deliveries, topics.attempts]],
  ['delivery-log', [topics.deliveries, topics.attempts]],
]);

/** Groups of running services, beside those whose places move. */
export const otherGroups: ReadonlyMap<string, readonly string[]> = new Map([['subscriptions', [topics.commands]]]);

/** In the order in which they are told of. */
export const movedModels: readonly CollectionSpec[] = [
  projectsCollection, tokensCollection, eventTypesCollection, webhooksCollection, eventsCollection, deliveriesCollection, attemptsCollection,
];

/** Tells two master keys apart, and nothing else of them. */
export function fingerprint(masterKey: Buffer): string {
  return createHmac('sha256', masterKey).update('hookyard export').digest('hex').slice(0, 16);
}
