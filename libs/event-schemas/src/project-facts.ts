import type { TokenScope, Validation } from './webhook-record.ts';
import type { RecordedFact } from './webhook-facts.ts';

/** The stream of one project: what it is, its tokens and its event types. */
export const projectStream = (project: string): string => `${projectStreamPrefix}${project}`;
export const projectStreamPrefix = 'project-';

/** What happens to a project. Who, when and by which command stands in the metadata. */
export type ProjectFact =
  | RecordedFact<'ProjectCreated', { readonly project: string; readonly name: string }>
  | RecordedFact<
      'TokenIssued',
      {
        readonly project: string;
        readonly tokenId: string;
        readonly name: string;
        readonly scopes: readonly TokenScope[];
        /** SHA-256 of the token's text, hex. */
        readonly hash: string;
        readonly expiresAt?: number;
      }
    >
  | RecordedFact<'TokenRevoked', { readonly project: string; readonly tokenId: string }>
  | RecordedFact<
      'EventTypeRegistered',
      {
        readonly project: string;
        readonly name: string;
        readonly description?: string;
        readonly schema?: unknown;
        readonly validation: Validation;
      }
    >
  | RecordedFact<'EventTypeRemoved', { readonly project: string; readonly name: string }>;

/** The keys of topic `projects`. */
export const catalogueKeys = {
  project: (project: string): string => `project:${project}`,
  token: (tokenId: string): string => `token:${tokenId}`,
  eventType: (project: string, name: string): string => `type:${project}/${name}`,
} as const;
