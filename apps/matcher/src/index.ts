export { MatcherModule } from './matcher.module.ts';
export { MatcherSettings } from './matcher.settings.ts';
export { arrive } from './arrived-event.ts';
export { knownEvents } from './known-events.ts';
