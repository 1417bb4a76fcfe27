import type { DestinationStream } from 'pino';

const colours: Readonly<Record<string, string>> = { warn: '\u001b[33m', error: '\u001b[31m', fatal: '\u001b[31m', debug: '\u001b[2m', trace: '\u001b[2m' };

/** Turns pino's JSON lines into lines for a person at a terminal: time, level, service, sentence, fields. */
export function prettyLines(destination: DestinationStream): DestinationStream {
  return { write: (line: string) => destination.write(prettyLine(line)) };
}

type Line = { readonly level: string; readonly time: string; readonly msg?: string; readonly service?: string; readonly err?: unknown } & Readonly<Record<string, unknown>>;

export function prettyLine(line: string): string {
  const { level, time, msg = '', service, err, ...fields } = JSON.parse(line) as Line;
  const clock = time.slice(11, 23);
  const rest = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
  const source = service === undefined ? '' : ` ${service}:`;
  return `${colours[level] ?? ''}${clock} ${level.padEnd(5)}${source} ${msg}${rest}${errorText(err)}\u001b[0m\n`;
}

function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { stack, message } = error as { readonly stack?: string; readonly message?: string };
  return `\n${stack ?? message ?? JSON.stringify(error)}`;
}
