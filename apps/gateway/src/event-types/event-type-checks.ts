import type { EventTypeRecord, FieldProblem, Validation } from '@hookyard/event-schemas';
import type { IncomingEvent } from '@hookyard/cloudevents';
import { eventSchema } from './event-schema.ts';
import type { EventSchema } from './event-schema.ts';

/** What the registered type of an event says of it. */
export type TypeVerdict = {
  readonly validation: Validation;
  /** In what way the payload does not fit the type's schema; empty when it does, or when nobody asked. */
  readonly problems: readonly FieldProblem[];
};

export type EventTypeChecks = (event: IncomingEvent) => TypeVerdict;

/** Compiled schemas that stay in memory. */
const mostCompiled = 1_000;

const unchecked: TypeVerdict = { validation: 'off', problems: [] };

/** Checks payloads against the schemas of their types. Each revision of a type is compiled once, with the first event of it. */
export function eventTypeChecks(find: (project: string, type: string) => EventTypeRecord | undefined): EventTypeChecks {
  const compiled = new Map<string, { readonly revision: number; readonly schema: EventSchema }>();

  function schemaOf(type: EventTypeRecord, schema: Record<string, unknown>): EventSchema {
    const key = `${type.project}/${type.name}`;
    const known = compiled.get(key);
    compiled.delete(key);
    const current = known?.revision === type.revision ? known : { revision: type.revision, schema: eventSchema(schema) };
    // The first key of the map is the one that was not used for longest.
    if (compiled.size >= mostCompiled) compiled.delete(compiled.keys().next().value ?? '');
    compiled.set(key, current);
    return current.schema;
  }

  return ({ attributes, data, value }) => {
    const type = find(attributes.project, attributes.type);
    if (type === undefined || type.validation === 'off' || !isObject(type.schema)) return unchecked;
    return { validation: type.validation, problems: schemaOf(type, type.schema).problems(value, data.length) };
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
