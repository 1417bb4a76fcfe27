export { gate, expectFault, freshName, type Capabilities, type Open, type Opened } from './contract-harness.ts';
export * from './manual-clock.ts';
export * from './message-bus.contract.ts';
export * from './until.ts';
