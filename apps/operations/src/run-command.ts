import { type Installation, openInstallation } from '@hookyard/platform';
import type { Environment } from '@hookyard/runtime';
import type { Command } from './command-line.ts';
import { exportInstallation } from './move/export.ts';
import { importInstallation } from './move/import.ts';
import { keepingOf } from './read-models/families.ts';
import { rebuild } from './rebuild/rebuild.ts';
import { settingsOfAll } from './settings.ts';

type Work = Exclude<Command, { readonly name: 'help' }>;

/** Does it on the installation that the environment names; answers whether all is as it should be. */
export async function runCommand(command: Work, environment: Environment, say: (line: string) => void): Promise<boolean> {
  const begunAt = performance.now();
  const installation = await openInstallation({ classes: settingsOfAll, environment: { HOOKYARD_LOG_LEVEL: 'warn', ...environment }, mayCreate: command.name === 'import' });
  try {
    const isGood = await work(command, installation, say);
    say(`${verdict(command, isGood)} (${((performance.now() - begunAt) / 1_000).toFixed(1)} s)`);
    return isGood;
  } finally {
    await installation.close();
  }
}

async function work(command: Work, installation: Installation, say: (line: string) => void): Promise<boolean> {
  const { engine, clock, own } = installation;
  switch (command.name) {
    case 'rebuild':
      return rebuild({ engine, clock, keeping: keepingOf(own) }, { names: command.models, isCheck: command.isCheck, say });
    case 'export':
      await exportInstallation(installation, command.file, say);
      return true;
    case 'import':
      return importInstallation(installation, command.file, say);
  }
}

function verdict(command: Work, isGood: boolean): string {
  switch (command.name) {
    case 'rebuild':
      if (command.isCheck) return isGood ? 'Equal.' : 'Not equal; nothing was changed.';
      return isGood ? 'Rebuilt, equal, and switched.' : 'Rebuilt and switched; the old ones were not what their sources say.';
    case 'export':
      return 'Exported.';
    case 'import':
      return isGood ? 'Imported; all read models are as they were. Start the services.' : 'Imported; not all read models are as they were.';
  }
}
