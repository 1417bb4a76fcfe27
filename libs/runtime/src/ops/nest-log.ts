import type { LoggerService } from '@nestjs/common';
import type { Log } from './log.ts';

/** Nest's own lines on our log. What it tells of wiring and routes is for debugging. */
export function nestLog(log: Log): LoggerService {
  const fields = (rest: readonly unknown[]) => ({ nest: rest.at(-1) });
  return {
    log: (message: unknown, ...rest: unknown[]) => log.debug(fields(rest), String(message)),
    debug: (message: unknown, ...rest: unknown[]) => log.debug(fields(rest), String(message)),
    verbose: (message: unknown, ...rest: unknown[]) => log.trace(fields(rest), String(message)),
    warn: (message: unknown, ...rest: unknown[]) => log.warn(fields(rest), String(message)),
    error: (message: unknown, ...rest: unknown[]) =>
      message instanceof Error ? log.error({ err: message, ...fields(rest) }, message.message) : log.error(fields(rest), String(message)),
    fatal: (message: unknown, ...rest: unknown[]) => log.fatal(fields(rest), String(message)),
  };
}
