/** Waits that keep the process alive and that end together. */
export function pauses() {
  const waiting = new Set<() => void>();
  let hasEnded = false;

  function pause(ms: number): Promise<void> {
    if (hasEnded) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(done, Math.max(ms, 0));
      function done(): void {
        clearTimeout(timer);
        waiting.delete(done);
        resolve();
      }
      waiting.add(done);
    });
  }

  return {
    pause,
    /** The work's result, or a rejection when it takes longer; the work itself goes on. */
    async within<Result>(work: Promise<Result>, ms: number, tooLate: () => Error): Promise<Result> {
      let timer: NodeJS.Timeout | undefined;
      const over = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(tooLate()), Math.max(ms, 0))));
      try {
        return await Promise.race([work, over]);
      } finally {
        clearTimeout(timer);
      }
    },
    /** Ends every pause now, and those to come at once. */
    end(): void {
      hasEnded = true;
      for (const done of [...waiting]) done();
    },
  };
}
