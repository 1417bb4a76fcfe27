/** `npm run servers -- up | down | env | status [kafka] [eventstore] [mongodb]`: see README.md. */
import { byHand, down, running, serverNames, up, type Running, type ServerName } from './by-hand.ts';

const usage = `npm run -s servers -- up       starts the servers that do not run yet, and prints where they are:
                               eval "$(npm run -s servers -- up)"
npm run -s servers -- env      prints it again
npm run -s servers -- status   says which of them run
npm run -s servers -- down     ends them and removes their data
After the verb, names choose among them: ${serverNames.join(' ')}.
`;

const [verb, ...named] = process.argv.slice(2);
const unknown = named.filter((name) => !serverNames.includes(name as ServerName));
const names = named.length === 0 ? serverNames : (named as readonly ServerName[]);

try {
  if (unknown.length > 0) throw new Error(`there is no server called ${unknown.join(', ')}; there are ${serverNames.join(', ')}`);
  await obey(verb);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function obey(verb: string | undefined): Promise<void> {
  switch (verb) {
    case 'up':
      // Each line goes out when its server is ready, so that one which fails does not hide the others.
      return forEach(async (name) => printVariable(name, await up(name)));
    case 'env':
      return forEach(async (name) => printVariable(name, await required(name)));
    case 'status':
      return forEach(async (name) => process.stdout.write(`${status(name, await running(name))}\n`));
    case 'down':
      return forEach(async (name) => say(`${name} ${(await down(name)) ? 'ended' : 'did not run'}`));
    default:
      process.stderr.write(usage);
      process.exitCode = verb === 'help' || verb === '--help' ? 0 : 1;
  }
}

async function forEach(act: (name: ServerName) => Promise<unknown>): Promise<void> {
  const failed = (await Promise.allSettled(names.map(act))).filter((result) => result.status === 'rejected');
  if (failed.length > 0) throw new Error(failed.map(({ reason }) => (reason instanceof Error ? reason.message : String(reason))).join('\n'));
}

function printVariable(name: ServerName, { address }: Running): void {
  process.stdout.write(`export ${byHand[name].variable}='${address}'\n`);
}

async function required(name: ServerName): Promise<Running> {
  const found = await running(name);
  if (found === undefined) throw new Error(`${name} does not run: npm run servers -- up ${name}`);
  return found;
}

function status(name: ServerName, found: Running | undefined): string {
  return found === undefined ? `${name}: not running` : `${name}: ${found.address}, process ${found.processes.map(({ pid }) => pid).join(', ')}`;
}

function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}
