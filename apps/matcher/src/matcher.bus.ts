import { topics, type ExplainCommand, type ExplainReply } from '@hookyard/event-schemas';
import type { Batch, Outputs } from '@hookyard/ports';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import type { HandleBatch } from './commit-pieces.ts';
import type { Explain } from './explain.ts';

export const MATCH_BATCH = Symbol('MatchBatch');
export const EXPLAIN = Symbol('Explain');
const mebibyte = 1024 * 1024;

@Controller()
export class MatcherBus {
  constructor(
    @Inject(MATCH_BATCH) private readonly matchBatch: HandleBatch,
    @Inject(EXPLAIN) private readonly explain: Explain,
  ) {}

  /** Less at once than elsewhere: an event may go out once for each partition of deliveries. */
  @EventPattern<string>(topics.events, { maxBatchBytes: mebibyte })
  onEvents(@Payload() batch: Batch): Promise<Outputs> {
    return this.matchBatch(batch);
  }

  @MessagePattern<string>('explain')
  onExplain(@Payload() command: ExplainCommand): Promise<ExplainReply> {
    return this.explain(command);
  }
}
