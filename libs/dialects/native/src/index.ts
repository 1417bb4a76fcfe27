export { pingType } from './events/ping.ts';
export * from './definition.ts';
export * from './header-rules.ts';
export * from './keyring.ts';
export * from './limits.ts';
export * from './native.ts';
export * from './rules.ts';
