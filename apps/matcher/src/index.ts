export { MatcherModule } from './matcher.module.ts';
export { MatcherSettings } from './matcher.settings.ts';
