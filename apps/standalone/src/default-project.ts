import { isFault, type ProjectCommand, uuidFrom } from '@hookyard/event-schemas';
import type { Platform } from '@hookyard/platform';

const project = 'default';

/** Sees to it that there is a project to begin with. The same command at every start; it changes something at the first one. */
export async function createDefaultProject({ commands, clock }: Pick<Platform, 'commands' | 'clock'>): Promise<void> {
  const command: ProjectCommand = {
    type: 'CreateProject',
    commandId: uuidFrom('the project that is there from the first start'),
    actor: { kind: 'system', id: 'standalone' },
    now: clock.now(),
    project,
    name: 'Default',
  };
  try {
    await commands.request('project', project, command);
  } catch (error) {
    if (!isFault(error, 'project_exists')) throw error;
  }
}
