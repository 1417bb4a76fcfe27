import { spawn } from 'node:child_process';

const from: Readonly<Record<string, string>> = {
  java: 'openjdk-17-jdk-headless',
  javac: 'openjdk-17-jdk-headless',
  keytool: 'openjdk-17-jdk-headless',
  mvn: 'maven',
};

/** The sentence for a program that is not installed. */
export function notInstalled(command: string): Error {
  return new Error(
    `"${command}" is not installed, and the test servers need it: apt-get install maven openjdk-17-jdk-headless` +
      (from[command] === undefined ? '' : ` (${command} is in ${from[command]})`) +
      '; or name servers that run elsewhere in HOOKYARD_TEST_KAFKA, HOOKYARD_TEST_EVENTSTORE and HOOKYARD_TEST_MONGODB',
  );
}

/** Runs a program to its end; rejects with what it printed when it fails. */
export function run(command: string, args: readonly string[], cwd?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(cwd === undefined ? {} : { cwd }) });
    const printed: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => printed.push(chunk));
    child.on('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? notInstalled(command) : error));
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args[0] ?? ''} ended with ${code}:\n${lastLines(Buffer.concat(printed).toString())}`));
    });
  });
}

export const lastLines = (text: string, count = 30): string => text.trimEnd().split('\n').slice(-count).join('\n');
