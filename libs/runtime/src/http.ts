export * from './http/api-faults.ts';
export * from './http/auth.ts';
export { FaultFilter } from './http/fault-filter.ts';
export { faultStatus } from './http/fault-status.ts';
export * from './http/http-edge.ts';
export { readJsonBody } from './http/json-body.ts';
export { OpsController } from './http/ops.controller.ts';
export * from './http/problem.ts';
export * from './http/validation.ts';
