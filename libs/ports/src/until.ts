import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks `condition` again and again until it answers something truthy, and resolves with that.
 * Rejects after `withinMs` (default 20 s) with what the condition last threw, or with its last answer; asks in real time, whatever Clock is used.
 */
export async function until<Answer>(
  condition: () => Answer | Promise<Answer>,
  options: { readonly withinMs?: number } = {},
): Promise<Exclude<Answer, false | null | undefined | 0 | ''>> {
  const withinMs = options.withinMs ?? 20_000;
  const deadline = performance.now() + withinMs;
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 50)) {
    const last = await attempt(condition);
    if ('answer' in last && last.answer) return last.answer as Exclude<Answer, false | null | undefined | 0 | ''>;
    if (performance.now() > deadline) throw tooLate(condition, withinMs, last);
    await pause(waitMs);
  }
}

type Attempt<Answer> = { readonly answer: Answer } | { readonly error: unknown };

async function attempt<Answer>(condition: () => Answer | Promise<Answer>): Promise<Attempt<Answer>> {
  try {
    return { answer: await condition() };
  } catch (error) {
    return { error };
  }
}

function tooLate<Answer>(condition: () => unknown, withinMs: number, last: Attempt<Answer>): Error {
  if ('error' in last) return new Error(`still failing after ${withinMs} ms: ${String(last.error)}`, { cause: last.error });
  return new Error(`not so after ${withinMs} ms: ${condition.toString()} (last answer: ${String(last.answer)})`);
}
