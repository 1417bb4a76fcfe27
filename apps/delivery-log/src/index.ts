export { DeliveryLogModule } from './delivery-log.module.ts';
export { DeliveryLogSettings } from './delivery-log.settings.ts';
export { deliveryProjections } from './delivery-projection.ts';
export { recordAttempts, recordDeliveries, type History, type RecordBatch } from './record-batches.ts';
