export { GatewayModule } from './gateway.module.ts';
export { GatewaySettings } from './gateway.settings.ts';
