export { DeliveryLogModule } from './delivery-log.module.ts';
export { DeliveryLogSettings } from './delivery-log.settings.ts';
