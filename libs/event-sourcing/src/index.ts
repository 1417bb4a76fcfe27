export type * from './decider.ts';
export * from './fold.ts';
export * from './handle-command.ts';
export * from './projection.ts';
export * from './stream-states.ts';
