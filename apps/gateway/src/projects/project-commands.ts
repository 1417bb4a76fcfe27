import { randomUUID } from 'node:crypto';
import type { Actor, CatalogueRecord, CommandMeta, ProjectCommand, ProjectReply } from '@hookyard/event-schemas';
import type { Clock } from '@hookyard/ports';
import type { CommandClient } from '@hookyard/runtime';
import type { Catalogue } from './catalogue.ts';

type WithoutMeta<Command> = Command extends unknown ? Omit<Command, keyof CommandMeta> : never;

/** A command to a project before it is known who asks and when. */
export type ProjectOrder = WithoutMeta<ProjectCommand>;

/** Has a project changed and answers its new record; null when it is gone. */
export type ProjectCommands = (actor: Actor, order: ProjectOrder) => Promise<CatalogueRecord | null>;

export const PROJECT_COMMANDS = Symbol('ProjectCommands');

/** What resolves is in force here: the next request is checked against it. */
export function projectCommands({ commands, catalogue, clock }: {
  readonly commands: CommandClient;
  readonly catalogue: Pick<Catalogue, 'whenReached'>;
  readonly clock: Clock;
}): ProjectCommands {
  return async (actor, order) => {
    const command = { ...order, commandId: randomUUID(), actor, now: clock.now() };
    const { record, position } = await commands.request<ProjectReply>('project', order.project, command);
    await catalogue.whenReached(position);
    return record;
  };
}

/** The record of a reply, of the kind that the command was about. */
export function recordOf<Kind extends CatalogueRecord['kind']>(kind: Kind, record: CatalogueRecord | null): Extract<CatalogueRecord, { kind: Kind }> {
  if (record?.kind !== kind) throw new Error(`the reply to a command about a ${kind} carries ${record?.kind ?? 'nothing'}`);
  return record as Extract<CatalogueRecord, { kind: Kind }>;
}
