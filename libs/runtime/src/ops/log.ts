import pino, { type DestinationStream, type Logger } from 'pino';
import { prettyLines } from './pretty-lines.ts';

/** A structured log. Pass fields first, then the sentence: `log.warn({ webhookId }, 'webhook disabled')`. */
export type Log = Logger;

/** The log of one service: every line names it. */
export const LOG = Symbol('Log');

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

// Field names that hold what nobody may read, at the top and up to three levels down (pino's wildcard names one level each).
const secretFields = ['authorization', 'cookie', 'secret', 'secrets', 'token', 'password', 'masterKey', 'adminToken', 'privateKey'];
const redacted = secretFields.flatMap((field) => ['', '*.', '*.*.', '*.*.*.'].map((depth) => depth + field));

export type LogOptions = {
  readonly level: LogLevel;
  /** Lines for a person instead of JSON. Default: when stdout is a terminal. */
  readonly pretty?: boolean;
  /** Where lines go. Default: stdout. */
  readonly destination?: DestinationStream;
};

export function createLog({ level, pretty = process.stdout.isTTY === true, destination = process.stdout }: LogOptions): Log {
  const options = {
    level,
    base: {},
    redact: { paths: redacted, censor: '[redacted]' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, pretty ? prettyLines(destination) : destination);
}
