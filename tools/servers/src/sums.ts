import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** File name to SHA-256 in hexadecimal, as `sha256sum` writes it. */
export type Sums = ReadonlyMap<string, string>;

export function parseSums(text: string): Sums {
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [, sum, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
        if (sum === undefined || name === undefined) throw new Error(`not a line of sha256sum: ${line}`);
        return [name, sum] as const;
      }),
  );
}

/** Throws unless the folder holds exactly the files that are listed, byte for byte. */
export async function checkSums(folder: string, sums: Sums): Promise<void> {
  const present = await readdir(folder);
  const missing = [...sums.keys()].filter((name) => !present.includes(name)).map((name) => `${name} is missing`);
  const found = await Promise.all(present.map(async (name) => fault(name, sums.get(name), await readFile(join(folder, name)))));
  const faults = [...missing, ...found.filter((sentence) => sentence !== undefined)];
  if (faults.length > 0) throw new Error(`${folder} is not what was expected: ${faults.join('; ')}`);
}

function fault(name: string, expected: string | undefined, content: Buffer): string | undefined {
  if (expected === undefined) return `${name} is not listed`;
  const sum = createHash('sha256').update(content).digest('hex');
  return sum === expected ? undefined : `${name} has the sum ${sum}, not ${expected}`;
}
