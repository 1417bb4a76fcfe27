import { sentencesOf } from '@hookyard/platform';
import { processEnvironment } from '@hookyard/runtime';
import { commandOf, help } from './command-line.ts';
import { OperationRefused } from './operation-refused.ts';
import { runCommand } from './run-command.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const command = commandOf(process.argv.slice(2));
  if (command.name === 'help') say(help);
  else if (!(await runCommand(command, processEnvironment(), say))) process.exitCode = 1;
} catch (error) {
  const sentences = error instanceof OperationRefused ? [error.message] : sentencesOf(error);
  for (const sentence of sentences) process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}
