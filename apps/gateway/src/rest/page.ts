import type { Document, Page } from '@hookyard/ports';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

export const largestPage = 100;
const usualPage = 50;

/** A number in a query is written in digits; whatever else stands there is no number. */
const decimal = Transform(({ value }: { readonly value: unknown }) => (typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value));

/** The query of every list. */
export class PageQuery {
  @ApiPropertyOptional({ description: 'Most items to answer.', minimum: 1, maximum: largestPage, default: usualPage })
  @IsOptional() @decimal @IsInt() @Min(1) @Max(largestPage)
  readonly limit: number = usualPage;

  @ApiPropertyOptional({ description: 'From the answer before, with the same filters: goes on behind it.' })
  @IsOptional() @IsString() @MaxLength(4_096)
  readonly cursor?: string;
}

/** What every list answers beside its `items`. */
export class PageAnswer {
  @ApiProperty({ description: 'Present while there is more: ask again with it.', required: false })
  readonly cursor?: string;
}

/** The page of a query as the part of it that a list asks for. */
export function paging({ limit, cursor }: PageQuery): { readonly limit: number; readonly cursor?: string } {
  return cursor === undefined ? { limit } : { limit, cursor };
}

export function pageOf<D extends Document, View>({ items, cursor }: Page<D>, view: (document: D) => View): { items: View[]; cursor?: string } {
  return { items: items.map(({ document }) => view(document)), ...(cursor === undefined ? {} : { cursor }) };
}
