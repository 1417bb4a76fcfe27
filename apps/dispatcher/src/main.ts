import { runService } from '@hookyard/platform';
import { DispatcherModule } from './dispatcher.module.ts';
import { DispatcherSettings } from './dispatcher.settings.ts';

await runService(DispatcherModule, DispatcherSettings);
