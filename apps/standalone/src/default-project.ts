import { createDefaultProject, defaultProject, isFault } from '@hookyard/event-schemas';
import type { Platform } from '@hookyard/platform';

/** Resolves when the project to begin with can be used: subscriptions creates it, and the same command again is answered when it is seen. */
export async function whenDefaultProject({ commands, clock }: Pick<Platform, 'commands' | 'clock'>): Promise<void> {
  try {
    await commands.request('project', defaultProject, createDefaultProject(clock.now()));
  } catch (error) {
    if (!isFault(error, 'project_exists')) throw error;
  }
}
