import { Fault } from '@hookyard/event-schemas';
import type { FieldProblem } from '@hookyard/event-schemas';
import type { EventTypeChecks } from '../event-types/event-type-checks.ts';
import { attributeLimits } from '@hookyard/cloudevents';
import type { IncomingEvent } from '@hookyard/cloudevents';

export type CheckedEvent = { readonly event: IncomingEvent; readonly warnings: readonly FieldProblem[] };

/** The extension attribute that an event bears which was accepted though it does not fit the schema of its type. */
export const schemaErrorsExtension = 'schemaerrors';

/** Throws `schema_violation` with every error when a type enforces its schema. Where it warns, the event carries the errors on. */
export function checkTypes(events: readonly IncomingEvent[], checks: EventTypeChecks): readonly CheckedEvent[] {
  const refused: FieldProblem[] = [];
  const checked = events.map((event): CheckedEvent => {
    const { validation, problems } = checks(event);
    if (problems.length === 0) return { event, warnings: [] };
    if (validation === 'enforce') refused.push(...problems.map((problem) => ({ ...problem, field: placed(event.place, problem.field) })));
    return { event: marked(event, problems), warnings: problems };
  });
  if (refused.length > 0) throw new Fault('schema_violation', { problems: refused });
  return checked;
}

function placed(place: string, field: string): string {
  return place === '' ? field : `${place}.${field}`;
}

function marked(event: IncomingEvent, problems: readonly FieldProblem[]): IncomingEvent {
  const text = problems.map(({ field, reason }) => `${field}: ${reason}`).join('; ');
  const extensions = { ...event.attributes.extensions, [schemaErrorsExtension]: shortened(text) };
  return { ...event, attributes: { ...event.attributes, extensions } };
}

/** As long as an attribute may be, and without what attributes may not hold. */
function shortened(text: string): string {
  const clean = text.replace(/[\p{Control}\p{Surrogate}]/gu, ' ');
  return clean.length <= attributeLimits.valueLength ? clean : `${clean.slice(0, attributeLimits.valueLength - 1).replace(/\p{Surrogate}$/u, '')}…`;
}
