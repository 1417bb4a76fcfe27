import { catalogueKeys, topics } from '@hookyard/event-schemas';
import type { CatalogueRecord, ChangePosition, EventTypeRecord, ProjectRecord, TokenRecord } from '@hookyard/event-schemas';
import type { Clock, MessageBus } from '@hookyard/ports';
import { followTable } from '@hookyard/runtime';
import type { Log } from '@hookyard/runtime';

/** Projects, tokens and event types in memory, as topic `projects` has them: what every request is checked against. */
export type Catalogue = {
  readonly project: (id: string) => ProjectRecord | undefined;
  readonly token: (id: string) => TokenRecord | undefined;
  readonly eventType: (project: string, name: string) => EventTypeRecord | undefined;
  /** Resolves once this catalogue shows the change. */
  readonly whenReached: (position: ChangePosition) => Promise<void>;
  readonly stop: () => Promise<void>;
};

export const CATALOGUE = Symbol('Catalogue');

/** Resolves when everything that was there has been read: before, nobody could be told apart. */
export async function followCatalogue(bus: MessageBus, options: { readonly log: Log; readonly clock: Clock }): Promise<Catalogue> {
  const records = new Map<string, CatalogueRecord>();
  const table = await followTable<CatalogueRecord>(bus, topics.projects, (key, record) => {
    if (record === null) records.delete(key);
    else records.set(key, record);
  }, options);
  await table.caughtUp();

  function find<Kind extends CatalogueRecord['kind']>(kind: Kind, key: string): Extract<CatalogueRecord, { kind: Kind }> | undefined {
    const record = records.get(key);
    return record?.kind === kind ? (record as Extract<CatalogueRecord, { kind: Kind }>) : undefined;
  }

  return {
    project: (id) => find('project', catalogueKeys.project(id)),
    token: (id) => find('token', catalogueKeys.token(id)),
    eventType: (project, name) => find('event_type', catalogueKeys.eventType(project, name)),
    whenReached: ({ partition, offset }) => table.whenReached(partition, offset),
    stop: () => table.stop(),
  };
}
