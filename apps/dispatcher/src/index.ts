export { DispatcherModule } from './dispatcher.module.ts';
export { DispatcherSettings } from './dispatcher.settings.ts';
