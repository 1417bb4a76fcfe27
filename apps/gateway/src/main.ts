import { runService } from '@hookyard/platform';
import { GatewayModule } from './gateway.module.ts';
import { GatewaySettings } from './gateway.settings.ts';

await runService(GatewayModule, GatewaySettings);
