export { commandOf } from './command-line.ts';
export { OperationRefused } from './operation-refused.ts';
export { runCommand } from './run-command.ts';
