import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkSums, parseSums } from './sums.ts';

const sumOf = (content: string): string => createHash('sha256').update(content).digest('hex');

describe('checksums', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hookyard-sums-'));
    await writeFile(join(folder, 'a.jar'), 'a');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are read as sha256sum writes them, in text and in binary mode', () => {
    expect(parseSums(`${sumOf('a')}  a.jar\n${sumOf('b')} *b c.jar\n`)).toEqual(
      new Map([
        ['a.jar', sumOf('a')],
        ['b c.jar', sumOf('b')],
      ]),
    );
  });

  it('refuse a list with anything else in it', () => {
    expect(() => parseSums('a.jar\n')).toThrow('not a line of sha256sum: a.jar');
  });

  it('accept a folder that holds exactly what is listed', async () => {
    await checkSums(folder, parseSums(`${sumOf('a')}  a.jar\n`));
  });

  it('name every file that is missing, changed or too many', async () => {
    await writeFile(join(folder, 'more.jar'), '');
    const listed = parseSums(`${sumOf('other')}  a.jar\n${sumOf('b')}  b.jar\n`);
    await expect(checkSums(folder, listed)).rejects.toThrow(/b\.jar is missing; a\.jar has the sum .*; more\.jar is not listed/);
  });
});
