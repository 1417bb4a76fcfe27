import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { openApiDocument } from './openapi.ts';
import { docsPage, docsScript, landingPage } from './pages.ts';

/** Swagger UI's own files, served from here: nothing is fetched from elsewhere. */
const assets = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const;

const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** `/`, `/openapi.json` and the interactive documentation at `/docs`: for everybody, they hold nothing of any project. */
export function serveDocs(app: NestFastifyApplication, server: FastifyInstance): void {
  let document: string | undefined;
  const { resolve } = createRequire(import.meta.url);
  page(server, '/', 'text/html; charset=utf-8', async () => landingPage);
  page(server, '/openapi.json', 'application/json; charset=utf-8', async () => (document ??= JSON.stringify(openApiDocument(app))));
  page(server, '/docs', 'text/html; charset=utf-8', async () => docsPage);
  page(server, '/docs/start.js', 'text/javascript; charset=utf-8', async () => docsScript);
  // Asked for by browsers that show no page of ours, such as on /health/ready.
  server.get('/favicon.ico', async (_request, reply) => reply.redirect('/docs/favicon-32x32.png', 301));
  for (const [name, type] of Object.entries(assets)) page(server, `/docs/${name}`, type, () => readFile(resolve(`swagger-ui-dist/${name}`)));
}

function page(server: FastifyInstance, url: string, type: string, content: () => Promise<string | Buffer>): void {
  server.get(url, async (_request, reply) => {
    void reply.type(type).headers({ 'content-security-policy': policy, 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache' });
    return content();
  });
}
