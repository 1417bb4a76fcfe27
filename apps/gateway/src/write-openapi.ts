/** Writes the golden file of the API's description; with `--check`, only says whether it is up to date. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CLOCK, DUE_QUEUE, EVENT_STORE, MESSAGE_BUS, READ_MODELS } from '@hookyard/ports';
import { ADMIN_TOKEN, COMMANDS, HEALTH, LOG, METRICS } from '@hookyard/runtime';
import { SECRET_BOX } from '@hookyard/signing';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { openApiDocument } from './docs/openapi.ts';
import { GatewayModule } from './gateway.module.ts';
import { GatewaySettings } from './gateway.settings.ts';

const golden = join(import.meta.dirname, '../golden/openapi.json');

/** What the gateway asks for from outside: in preview, names suffice. */
const asked = [MESSAGE_BUS, EVENT_STORE, READ_MODELS, DUE_QUEUE, CLOCK, SECRET_BOX, COMMANDS, HEALTH, METRICS, LOG, ADMIN_TOKEN, GatewaySettings];
const nothing: DynamicModule = { module: class Nothing {}, global: true, providers: asked.map((provide) => ({ provide, useValue: null })), exports: asked };

/** In preview nothing is built or opened: the document comes from the decorators alone. */
async function describe(): Promise<string> {
  const root: DynamicModule = { module: class Root {}, imports: [nothing, GatewayModule] };
  const app = await NestFactory.create(root, new FastifyAdapter(), { preview: true, logger: false, abortOnError: false });
  return `${JSON.stringify(openApiDocument(app), null, 2)}\n`;
}

async function main(): Promise<void> {
  const current = await describe();
  const known = await readFile(golden, 'utf8').catch(() => '');
  if (current === known) return;
  if (process.argv.includes('--check')) {
    process.stderr.write('apps/gateway/golden/openapi.json is not what the code says; run npm run golden and look at the difference.\n');
    process.exitCode = 1;
    return;
  }
  await mkdir(dirname(golden), { recursive: true });
  await writeFile(golden, current);
  process.stdout.write('apps/gateway/golden/openapi.json written\n');
}

await main();
