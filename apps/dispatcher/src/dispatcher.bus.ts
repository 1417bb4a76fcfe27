import { topics } from '@hookyard/event-schemas';
import type { Batch } from '@hookyard/ports';
import { assigned, type Assignment, type BusHandlerOptions, revoked } from '@hookyard/runtime';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Dispatcher } from './dispatcher.ts';

export const DISPATCHER = Symbol('Dispatcher');

const intake: BusHandlerOptions = {
  // Positions are committed when deliveries are settled, not when they were taken in.
  commit: 'manual',
  // A message holds up to 1,000 deliveries: 1 MiB makes some 10,000 of them, 12 MB of objects. A larger message comes alone.
  maxBatchBytes: 1024 * 1024,
};

@Controller()
export class DispatcherBus {
  constructor(@Inject(DISPATCHER) private readonly dispatcher: Dispatcher) {}

  @EventPattern<string>(topics.deliveries, intake)
  onDeliveries(@Payload() batch: Batch): Promise<void> {
    return this.dispatcher.handle(batch);
  }

  @EventPattern<string>(assigned(topics.deliveries))
  onAssigned(@Payload() assignment: Assignment): Promise<void> {
    return this.dispatcher.assigned(assignment);
  }

  @EventPattern<string>(revoked(topics.deliveries))
  onRevoked(@Payload() assignment: Assignment): Promise<void> {
    return this.dispatcher.revoked(assignment);
  }
}
