/** Five processes on three servers take their time on a small machine. */
const usual = process.env['HOOKYARD_E2E_TARGET'] === 'cluster' ? 60_000 : 15_000;

/** Asks again and again until the answer is neither false nor nothing; fails with what was waited for when time runs out. */
export async function until<T>(what: string, ask: () => T | Promise<T>, withinMs = usual): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== false && answer !== null && answer !== undefined) return answer as NonNullable<Exclude<T, false>>;
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
