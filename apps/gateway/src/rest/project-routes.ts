import type { FaultCode } from '@hookyard/event-schemas';
import { ApiFaults } from '@hookyard/runtime/http';
import { applyDecorators, Controller } from '@nestjs/common';
import { ApiBearerAuth, ApiParam, ApiTags } from '@nestjs/swagger';

/** A controller of what belongs to one project: `/v1/projects/{project}/…`, with what all such routes have in common. */
export function ProjectController(path: string, tag: string): ClassDecorator {
  return applyDecorators(
    Controller(`v1/projects/:project/${path}`),
    ApiTags(tag),
    ApiBearerAuth(),
    ApiParam({ name: 'project', type: String, description: 'Id of the project.', example: 'default' }),
  );
}

/** Documents what a route of a project refuses: what all of them do, and these. */
export function ProjectFaults(...codes: readonly FaultCode[]): MethodDecorator {
  return ApiFaults('invalid_request', 'unauthenticated', 'forbidden', 'project_not_found', ...codes);
}
