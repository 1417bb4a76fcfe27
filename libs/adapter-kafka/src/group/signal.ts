/** Wakes who waits. Raising it while nobody waits wakes nobody: what it stands for must be looked at beside it. */
export function signal() {
  const waiting = new Set<() => void>();
  return {
    /** Resolves when it is raised the next time, or after `withinMs`. */
    raised(withinMs?: number): Promise<void> {
      return new Promise((resolve) => {
        const timer = withinMs === undefined ? undefined : setTimeout(done, withinMs);
        function done(): void {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        }
        waiting.add(done);
      });
    },
    raise(): void {
      for (const done of [...waiting]) done();
    },
  };
}
