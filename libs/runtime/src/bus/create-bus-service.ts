import type { DynamicModule, INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { nestLog } from '../ops/nest-log.ts';
import { BusTransport, type BusTransportOptions } from './bus-transport.ts';
import { KeepErrors } from './keep-errors.ts';

/** Builds the Nest microservice of a service from its root module, on a bus transport of its own; it consumes after `listen`. */
export async function createBusService(root: DynamicModule, options: BusTransportOptions): Promise<INestMicroservice> {
  const app = await NestFactory.createMicroservice(root, {
    strategy: new BusTransport(options),
    logger: nestLog(options.log),
    abortOnError: false,
  });
  app.useGlobalFilters(new KeepErrors());
  return app;
}
