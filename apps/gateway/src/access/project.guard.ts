import { Fault, projectsCollection } from '@hookyard/event-schemas';
import type { ProjectDocument } from '@hookyard/event-schemas';
import type { Collection } from '@hookyard/ports';
import { Inject, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CATALOGUE } from '../projects/catalogue.ts';
import type { Catalogue } from '../projects/catalogue.ts';

export const PROJECTS = Symbol(projectsCollection.name);

/** Refuses every route of a project that does not exist, whoever asks; after the guard that asks who does. */
@Injectable()
export class ProjectGuard implements CanActivate {
  constructor(
    @Inject(CATALOGUE) private readonly catalogue: Pick<Catalogue, 'project'>,
    @Inject(PROJECTS) private readonly projects: Pick<Collection<ProjectDocument>, 'get'>,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { project } = context.switchToHttp().getRequest<FastifyRequest<{ Params: { project?: string } }>>().params;
    if (project === undefined || this.catalogue.project(project) !== undefined) return true;
    // Created through another gateway a moment ago, it is in the read model before it is here.
    if ((await this.projects.get(project)) !== null) return true;
    throw new Fault('project_not_found', { project });
  }
}
