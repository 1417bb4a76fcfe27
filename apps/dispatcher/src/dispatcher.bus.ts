import { topics } from '@hookyard/event-schemas';
import type { Batch } from '@hookyard/ports';
import { assigned, type Assignment, type BusHandlerOptions, revoked } from '@hookyard/runtime';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Dispatcher } from './dispatcher.ts';

export const DISPATCHER = Symbol('Dispatcher');

// Positions are committed when deliveries are settled, not when they were taken in.
const manually: BusHandlerOptions = { commit: 'manual' };

@Controller()
export class DispatcherBus {
  constructor(@Inject(DISPATCHER) private readonly dispatcher: Dispatcher) {}

  @EventPattern<string>(topics.deliveries, manually)
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
