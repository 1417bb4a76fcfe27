import { parseArgs } from 'node:util';
import { OperationRefused } from './operation-refused.ts';

export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'rebuild'; readonly models: readonly string[]; readonly isCheck: boolean }
  | { readonly name: 'export' | 'import'; readonly file: string };

export const help = `Works on a whole installation. Which one, the same settings say as at npm start (HOOKYARD_ENGINE, HOOKYARD_DATA_FOLDER, …).

  npm run hookyard -- rebuild [--check] [read model …]
      Builds read models anew from streams and topics while the old ones go on serving, compares, and switches.
      --check compares only. The embedded engine's host must be stopped; the services of a cluster may run.
      Ends with code 0 when both were equal (and switched), with 1 otherwise.

  npm run hookyard -- export <file>
      Writes everything but the master key into a file. All services must be stopped.

  npm run hookyard -- import <file>
      Makes an empty installation, on whichever engine, what the exported one was, and compares the hashes of all read models.
      All services must be stopped; the master key must be the same.

docs/operations.md says more.`;

/** Reads what stands behind the program's name. Refused with a sentence that says what is wrong. */
export function commandOf(given: readonly string[]): Command {
  const { values, positionals } = parsed(given);
  const [name, ...rest] = positionals;
  if (values.help || name === undefined || name === 'help') return { name: 'help' };
  if (name === 'rebuild') return { name, models: rest, isCheck: values.check };
  if (values.check) throw new OperationRefused(`--check belongs to rebuild. ${hint}`);
  if (name !== 'export' && name !== 'import') throw new OperationRefused(`There is no command ${name}. ${hint}`);
  const [file, ...others] = rest;
  if (file === undefined || others.length > 0) throw new OperationRefused(`${name} needs the name of one file. ${hint}`);
  return { name, file };
}

const hint = 'npm run hookyard -- --help says what there is.';

function parsed(given: readonly string[]) {
  try {
    return parseArgs({ args: [...given], allowPositionals: true, options: { help: { type: 'boolean', short: 'h', default: false }, check: { type: 'boolean', default: false } } });
  } catch (error) {
    throw new OperationRefused(`${error instanceof Error ? error.message : String(error)}. ${hint}`);
  }
}
