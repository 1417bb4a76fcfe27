/** How one part of the process is. `detail` is a sentence for whoever runs it. */
export type HealthState = { readonly ok: boolean; readonly detail?: string };

export type HealthReport = { readonly ok: boolean; readonly checks: Readonly<Record<string, HealthState>> };

/** What makes a process ready. One for each process; every service registers what it depends on. */
export interface Health {
  /** Replaces a check of the same name. Answers a function that takes it away. */
  register(name: string, check: () => HealthState | Promise<HealthState>): () => void;
  /** Asks every check. One that throws is not ok. */
  report(): Promise<HealthReport>;
}

export const HEALTH = Symbol('Health');

export function createHealth(): Health {
  const checks = new Map<string, () => HealthState | Promise<HealthState>>();
  return {
    register(name, check) {
      checks.set(name, check);
      return () => {
        if (checks.get(name) === check) checks.delete(name);
      };
    },
    async report() {
      const states = await Promise.all([...checks].map(async ([name, check]) => [name, await ask(check)] as const));
      return { ok: states.every(([, state]) => state.ok), checks: Object.fromEntries(states) };
    },
  };
}

async function ask(check: () => HealthState | Promise<HealthState>): Promise<HealthState> {
  try {
    return await check();
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
