import type { Condition } from '@hookyard/ports';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsOptional } from 'class-validator';
import { PageQuery } from './page.ts';
import { timeMs } from './time.ts';

/** The query of a list over time. */
export class TimeRangeQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Not before this time: `2026-01-31T00:00:00Z`.', format: 'date-time' })
  @IsOptional() @IsISO8601({ strict: true, strictSeparator: true })
  readonly from?: string;

  @ApiPropertyOptional({ description: 'Before this time.', format: 'date-time' })
  @IsOptional() @IsISO8601({ strict: true, strictSeparator: true })
  readonly to?: string;
}

/** `from` inclusive, `to` exclusive. */
export function within(field: string, { from, to }: TimeRangeQuery): readonly Condition[] {
  return [
    ...(from === undefined ? [] : [{ field, op: 'gte', value: timeMs(from) } as const]),
    ...(to === undefined ? [] : [{ field, op: 'lt', value: timeMs(to) } as const]),
  ];
}
