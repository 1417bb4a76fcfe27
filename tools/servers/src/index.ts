export { byHand, down, running, serverNames, up, type Running, type ServerName } from './by-hand.ts';
export { startEventStore } from './eventstore.ts';
export { startKafka, type Broker, type Kafka, type KafkaOptions } from './kafka.ts';
export type { KafkaSecurity, Secured } from './kafka-security.ts';
export { startMongo, type PlaceOptions } from './mongodb.ts';
export { faultProxy, type FaultProxy, type FaultProxyOptions } from './fault-proxy.ts';
export { freePort } from './ports.ts';
export type { Server } from './server.ts';
