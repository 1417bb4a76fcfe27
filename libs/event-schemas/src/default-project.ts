import { uuidFrom } from './ids.ts';
import type { ProjectCommand } from './commands.ts';

/** The project that is there from the first start. */
export const defaultProject = 'default';

/** Creates it. The same command at every start and by whoever gives it; it changes something the first time. */
export function createDefaultProject(now: number): ProjectCommand {
  return {
    type: 'CreateProject',
    commandId: uuidFrom('the project that is there from the first start'),
    actor: { kind: 'system', id: 'standalone' },
    now,
    project: defaultProject,
    name: 'Default',
  };
}
