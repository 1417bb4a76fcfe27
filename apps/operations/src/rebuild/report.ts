import type { Comparison } from './compare.ts';

const mostShown = 5;

/** A comparison in lines for a person. */
export function reportLines(name: string, { documents, takenOver, otherExpiry, ahead, differences }: Comparison): readonly string[] {
  const shown = differences.slice(0, mostShown).map(({ id, what }) => `  ${id}: ${what}`);
  const more = differences.length > mostShown ? [`  … and ${differences.length - mostShown} more`] : [];
  return [
    `${name}: ${documents} documents, ${differences.length === 0 ? 'equal' : `${differences.length} ${differences.length === 1 ? 'differs' : 'differ'}`}`,
    ...(takenOver > 0 ? [`  ${takenOver} taken over from the old one: what led to them is no longer kept`] : []),
    ...(otherExpiry > 0 ? [`  ${otherExpiry} will be kept until another time, as the settings say now`] : []),
    ...(ahead > 0 ? [`  ${ahead} newer than in the old one: the service has not come so far`] : []),
    ...shown,
    ...more,
  ];
}
