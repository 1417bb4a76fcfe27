import { topics, type ExplainCommand, type ExplainReply } from '@hookyard/event-schemas';
import type { Batch, Outputs } from '@hookyard/ports';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import type { Explain } from './explain.ts';
import type { MatchBatch } from './match-batch.ts';

export const MATCH_BATCH = Symbol('MatchBatch');
export const EXPLAIN = Symbol('Explain');

@Controller()
export class MatcherBus {
  constructor(
    @Inject(MATCH_BATCH) private readonly matchBatch: MatchBatch,
    @Inject(EXPLAIN) private readonly explain: Explain,
  ) {}

  /** Fewer at once than elsewhere: an event of 1 MiB may go out once for each partition, and all that is in memory together. */
  @EventPattern<string>(topics.events, { maxBatch: 200 })
  onEvents(@Payload() batch: Batch): Promise<Outputs> {
    return this.matchBatch(batch);
  }

  @MessagePattern<string>('explain')
  onExplain(@Payload() command: ExplainCommand): Promise<ExplainReply> {
    return this.explain(command);
  }
}
