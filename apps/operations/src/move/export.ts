import type { Collection, Document, Stored } from '@hookyard/ports';
import { families, keepingOf } from '../read-models/families.ts';
import { hashesOf, total } from '../read-models/model-hash.ts';
import { pagesOf } from '../read-models/pages.ts';
import { OperationRefused } from '../operation-refused.ts';
import { writeExport } from './export-file.ts';
import { exportedLines } from './exported-lines.ts';
import type { DocumentLine, HashLine } from './format.ts';
import { movedModels, type Moved } from './moved.ts';
import { requireStopped, standOf } from './stopped.ts';

/**
 * Writes all of an installation into a file that another one, on whichever engine, can begin from. Its services must be stopped. Read models are
 * brought up to what has been published before, as the services would do at their next start.
 */
export async function exportInstallation(installation: Moved, file: string, say: (line: string) => void): Promise<void> {
  const { engine, clock, own } = installation;
  await requireStopped(engine.bus);
  const before = await standOf(engine.bus);
  const models = new Map(await Promise.all(movedModels.map(async (spec) => [spec.name, await engine.readModels.collection(spec)] as const)));
  const all = families({ engine, clock, keeping: keepingOf(own) });
  for (const family of all) await (await family.begin('service')).toEnd(models);

  async function* lines() {
    yield* exportedLines(installation, say);
    for (const family of all) {
      const { isKept } = await family.begin('beginning');
      for (const { name } of family.collections) yield* documentsOf(name, models.get(name), (stored) => !isKept(name, stored));
    }
    for (const [name, collection] of models) yield* hashLines(name, collection, say);
    if ((await standOf(engine.bus)) !== before) throw new OperationRefused('Something has gone on meanwhile: a service or a producer is still running. Nothing was written.');
  }

  const bytes = await writeExport(file, lines());
  say(`Written: ${file}, ${bytes} bytes. It holds everything but the master key.`);
}

async function* documentsOf(model: string, collection: Collection<Document> | undefined, isWanted: (stored: Stored<Document>) => boolean): AsyncGenerator<DocumentLine> {
  if (collection === undefined) return;
  for await (const page of pagesOf(collection)) for (const stored of page) if (isWanted(stored)) yield { kind: 'document', model, ...stored };
}

async function* hashLines(model: string, collection: Collection<Document>, say: (line: string) => void): AsyncGenerator<HashLine> {
  const hashes = await hashesOf(collection);
  const { documents, sha256 } = total(hashes);
  say(`  ${model}: ${documents} documents, sha256 ${sha256}`);
  for (const hash of hashes) yield { kind: 'hash', model, ...hash };
}
