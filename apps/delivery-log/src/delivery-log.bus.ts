import { topics, type RedeliverCommand, type RedeliverReply } from '@hookyard/event-schemas';
import type { Batch, Outputs } from '@hookyard/ports';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import type { RecordBatch } from './record-batches.ts';
import type { Redeliver } from './redeliver.ts';

export const RECORD_DELIVERIES = Symbol('RecordDeliveries');
export const RECORD_ATTEMPTS = Symbol('RecordAttempts');
export const REDELIVER = Symbol('Redeliver');
const mebibyte = 1024 * 1024;

@Controller()
export class DeliveryLogBus {
  constructor(
    @Inject(RECORD_DELIVERIES) private readonly recordDeliveries: RecordBatch,
    @Inject(RECORD_ATTEMPTS) private readonly recordAttempts: RecordBatch,
    @Inject(REDELIVER) private readonly redeliver: Redeliver,
  ) {}

  /** Less at once than elsewhere: one message holds up to 1,000 deliveries, 1 MiB some 10,000 of them. */
  @EventPattern<string>(topics.deliveries, { maxBatchBytes: mebibyte })
  onDeliveries(@Payload() batch: Batch): Promise<Outputs> {
    return this.recordDeliveries(batch);
  }

  @EventPattern<string>(topics.attempts)
  onAttempts(@Payload() batch: Batch): Promise<Outputs> {
    return this.recordAttempts(batch);
  }

  @MessagePattern<string>('redeliver')
  onRedeliver(@Payload() command: RedeliverCommand): Promise<RedeliverReply> {
    return this.redeliver(command);
  }
}
