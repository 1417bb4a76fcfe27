import {
  evolveWebhook,
  Fault,
  projectStream,
  unreachable,
  webhookStream,
  type ProjectCommand,
  type ProjectFact,
  type ProjectReply,
  type WebhookCommand,
  type WebhookFact,
  type WebhookReply,
  type WebhookState,
} from '@hookyard/event-schemas';
import { handleCommand } from '@hookyard/event-sourcing';
import type { EventStore } from '@hookyard/ports';
import { webhookOf, type Dialects } from './definitions.ts';
import { project, type ProjectState } from './project.ts';
import { recordOf } from './project-projection.ts';
import type { Projector } from './projector.ts';

export type HandleWebhook = (command: WebhookCommand) => Promise<WebhookReply>;
export type HandleProject = (command: ProjectCommand) => Promise<ProjectReply>;

/** Decides, appends, and answers when everybody can see it. Also a command that changes nothing waits until what it met can be seen. */
export function webhookCommands(store: EventStore, projector: Projector, dialects: Dialects): HandleWebhook {
  const decider = webhookOf(dialects);
  return async (command) => {
    if (command.type === 'CreateWebhook') await requireProject(store, command.project);
    const stream = webhookStream(command.webhookId);
    const { state, facts, position } = await handleCommand<WebhookState, WebhookCommand, WebhookFact>(store, decider, stream, command);
    const shown = await projector.shown(command.project, position ?? 0);
    const isRepeatedKey = command.type === 'CreateWebhook' && command.requestHash !== undefined && facts.length === 0;
    const answered = isRepeatedKey ? await firstState(store, stream) : state;
    return { webhook: answered.status === 'live' ? answered.record : null, position: shown };
  };
}

export function projectCommands(store: EventStore, projector: Projector): HandleProject {
  return async (command) => {
    const stream = projectStream(command.project);
    const { state, position } = await handleCommand<ProjectState, ProjectCommand, ProjectFact>(store, project, stream, command);
    const shown = await projector.shown(command.project, position ?? 0);
    return { record: state.status === 'absent' ? null : recordOf(state, concernOf(command)), position: shown };
  };
}

function concernOf(command: ProjectCommand): Parameters<typeof recordOf>[1] {
  switch (command.type) {
    case 'CreateProject':
      return 'project';
    case 'IssueToken':
    case 'RevokeToken':
      return { tokenId: command.tokenId };
    case 'RegisterEventType':
    case 'RemoveEventType':
      return { eventType: command.name };
    default:
      return unreachable(command);
  }
}

/** An idempotency key that comes again gets its first answer again, whatever has become of the webhook since. */
async function firstState(store: EventStore, stream: string): Promise<WebhookState> {
  const [created] = await store.read(stream, { limit: 1 });
  return created === undefined ? { status: 'absent' } : evolveWebhook({ status: 'absent' }, created as unknown as WebhookFact);
}

async function requireProject(store: EventStore, project: string): Promise<void> {
  const known = await store.read(projectStream(project), { limit: 1 });
  if (known.length === 0) throw new Fault('project_not_found', { project });
}
