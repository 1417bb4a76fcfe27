import { runService } from '@hookyard/platform';
import { MatcherModule } from './matcher.module.ts';
import { MatcherSettings } from './matcher.settings.ts';

await runService(MatcherModule, MatcherSettings);
