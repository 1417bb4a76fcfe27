import { readFile } from 'node:fs/promises';
import { kafkaJars, mongoJars, pom } from './jars.ts';
import { parseSums } from './sums.ts';

describe('the jars of the servers', () => {
  it.each([kafkaJars, mongoJars])('$name: every root is among the committed sums, in its version', async ({ roots, sums }) => {
    const listed = parseSums(await readFile(sums, 'utf8'));
    for (const root of roots) {
      const [, artifact, version] = root.split(':');
      expect([...listed.keys()]).toContain(`${artifact}-${version}.jar`);
    }
  });

  it('are asked of Maven by exact versions', () => {
    expect(pom('kafka-4.3.1', kafkaJars.roots)).toContain(
      '<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.3.1</version></dependency>',
    );
  });
});
