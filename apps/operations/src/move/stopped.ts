import { isFault } from '@hookyard/event-schemas';
import type { MessageBus, MessagePosition } from '@hookyard/ports';
import { OperationRefused } from '../operation-refused.ts';
import { movedGroups, movedTopics, otherGroups } from './moved.ts';

/** Refused when a service is running somewhere: a bus lets nobody move a group that has members, not even to where it stands. */
export async function requireStopped(bus: MessageBus): Promise<void> {
  for (const [group, topics] of [...movedGroups, ...otherGroups]) {
    await bus.seek(group, await positionsOf(bus, group, topics)).catch((error: unknown) => {
      if (!isFault(error, 'group_in_use')) throw error;
      throw new OperationRefused(`The service ${group} is running. Stop all services first, the gateway too, and leave them stopped until this has ended.`);
    });
  }
}

export async function positionsOf(bus: MessageBus, group: string, topics: readonly string[]): Promise<readonly MessagePosition[]> {
  const found = await Promise.all(topics.map(async (topic) => [...(await bus.committed(group, topic))].map(([partition, offset]) => ({ topic, partition, offset }))));
  return found.flat();
}

/** How far everything has come: the same before and after, when nobody has worked on it meanwhile. */
export async function standOf(bus: MessageBus): Promise<string> {
  const ends = await Promise.all(movedTopics.map((topic) => bus.offsets(topic)));
  const positions = await Promise.all([...movedGroups].map(([group, topics]) => positionsOf(bus, group, topics)));
  return JSON.stringify([ends.map((each) => each.map(({ partition, high }) => [partition, high])), positions]);
}
