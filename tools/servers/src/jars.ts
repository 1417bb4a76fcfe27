import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from './cache.ts';
import { run } from './run.ts';
import { checkSums, parseSums } from './sums.ts';

/** A set of jars as Maven resolves it: `group:artifact:version` of the roots, and the committed sums of everything that comes with them. */
export type Jars = { readonly name: string; readonly roots: readonly string[]; readonly sums: URL };

export const kafkaJars: Jars = {
  name: 'kafka-4.3.1',
  roots: ['org.apache.kafka:kafka_2.13:4.3.1', 'org.slf4j:slf4j-simple:1.7.36'],
  sums: new URL('../sums/kafka.sha256', import.meta.url),
};

export const mongoJars: Jars = {
  name: 'mongo-java-server-1.47.0',
  roots: [
    'de.bwaldvogel:mongo-java-server:1.47.0',
    'de.bwaldvogel:mongo-java-server-h2-backend:1.47.0',
    'org.slf4j:slf4j-simple:2.0.17',
  ],
  sums: new URL('../sums/mongodb.sha256', import.meta.url),
};

/** The class path of the jars: fetched once, checked each time. */
export async function classPath(jars: Jars): Promise<string> {
  const text = await readFile(jars.sums, 'utf8');
  const sums = parseSums(text);
  const folder = await cached(`${jars.name}-${digest(text)}`, async (draft) => {
    await fetchJars(jars, draft);
    await checkSums(join(draft, 'jars'), sums);
  });
  await checkSums(join(folder, 'jars'), sums).catch((error: Error) => {
    throw new Error(`${error.message}. Remove ${folder}, and it is fetched anew`, { cause: error });
  });
  return join(folder, 'jars', '*');
}

/** The class path of a Java source of ours, compiled against `against`, followed by `against`. */
export async function compiled(source: URL, against: string): Promise<string> {
  const folder = await cached(`classes-${digest(`${await readFile(source, 'utf8')}${against}`)}`, async (draft) => {
    await run('javac', ['-d', draft, '-cp', against, fileURLToPath(source)]);
  });
  return `${folder}:${against}`;
}

async function fetchJars({ name, roots }: Jars, folder: string): Promise<void> {
  process.stderr.write(`fetching ${name} through Maven …\n`);
  await writeFile(join(folder, 'pom.xml'), pom(name, roots));
  await run(
    'mvn',
    [
      '--batch-mode',
      '--no-transfer-progress',
      '-Dstyle.color=never',
      'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${join(folder, 'fetched')}`,
    ],
    folder,
  );
  await rename(join(folder, 'fetched'), join(folder, 'jars'));
}

export function pom(name: string, roots: readonly string[]): string {
  const dependencies = roots.map((root) => {
    const [group, artifact, version] = root.split(':');
    return `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>hookyard</groupId>
  <artifactId>${name}</artifactId>
  <version>1</version>
  <dependencies>
${dependencies.join('\n')}
  </dependencies>
</project>
`;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
