export { attributeLimits, readAttributes } from './attributes.ts';
export type { AttributeContext, RawAttributes } from './attributes.ts';
export { checkNesting, incomingEvent, isJson, noPayload, parseJson, spot } from './incoming-event.ts';
export type { EventContext, IncomingEvent, Payload, Spot } from './incoming-event.ts';
export { problemList } from './problems.ts';
export type { Report } from './problems.ts';
export { isStructured, readKafkaMessage } from './kafka-message.ts';
export type { KafkaMessage } from './kafka-message.ts';
export { readBatch, readStructured } from './structured-mode.ts';
