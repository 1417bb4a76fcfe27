export * from './delivery-state.ts';
export * from './outcome-words.ts';
export type * from './policy.ts';
export * from './retry-after.ts';
export * from './retry-policy.ts';
