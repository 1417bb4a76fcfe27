import { Fault } from '@hookyard/event-schemas';
import type { FieldProblem } from '@hookyard/event-schemas';

/** Notes one thing wrong with one field; an empty field is the whole. */
export type Report = (field: string, code: string, reason: string) => void;

/** Beyond this many, a caller learns nothing more: the rest are counted. */
const mostProblems = 100;

/** Collects what is wrong with a request, so that a refusal names everything at once. */
export function problemList() {
  const problems: FieldProblem[] = [];
  let total = 0;
  const report: Report = (field, code, reason) => {
    total += 1;
    if (problems.length < mostProblems) problems.push({ field, code, reason });
  };
  return {
    report,
    count: () => total,
    /** Throws when something was reported; a payload that is too large decides over anything else. */
    refuse(): void {
      if (total === 0) return;
      const code = problems.some((problem) => problem.code === 'payload_too_large') ? 'payload_too_large' : 'invalid_request';
      throw new Fault(code, total > problems.length ? { problems, unlisted: total - problems.length } : { problems });
    },
  };
}

/** Reports into `report` with every field placed under `place`: `events[3]` makes `type` into `events[3].type`. */
export function within(place: string, report: Report): Report {
  if (place === '') return report;
  return (field, code, reason) => report(field === '' ? place : `${place}.${field}`, code, reason);
}
