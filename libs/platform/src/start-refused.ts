/** Why a process cannot start, in one sentence for the person who started it. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

/** A system error's code, such as `EACCES`. */
export function systemCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
