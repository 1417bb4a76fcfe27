import { runService } from '@hookyard/platform';
import { DeliveryLogModule } from './delivery-log.module.ts';
import { DeliveryLogSettings } from './delivery-log.settings.ts';

await runService(DeliveryLogModule, DeliveryLogSettings);
