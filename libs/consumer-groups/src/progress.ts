/** How far a reader has come: the next place it will read. */
export interface Progress {
  position(): number;
  /** Sets the position, forwards or back, and lets go who waits for it. */
  reach(position: number): void;
  /** Resolves once the position is `target` or more. Rejects when the reading ends before. */
  whenReached(target: number): Promise<void>;
  /** Nothing more will be reached: rejects who waits, now and later. */
  end(error: unknown): void;
}

type Waiter = { readonly target: number; readonly resolve: () => void; readonly reject: (error: unknown) => void };

export function progress(from: number): Progress {
  let position = from;
  let waiters: Waiter[] = [];
  let ended: { readonly error: unknown } | undefined;

  function rejectAll(error: unknown): void {
    for (const { reject } of waiters.splice(0)) reject(error);
  }

  return {
    position: () => position,
    reach(reached) {
      position = reached;
      if (waiters.length === 0) return;
      const ready = waiters.filter(({ target }) => target <= position);
      waiters = waiters.filter(({ target }) => target > position);
      for (const { resolve } of ready) resolve();
    },
    whenReached(target) {
      if (position >= target) return Promise.resolve();
      return new Promise((resolve, reject) => {
        waiters.push({ target, resolve, reject });
        if (ended !== undefined) rejectAll(ended.error);
      });
    },
    end(error) {
      ended ??= { error };
      rejectAll(error);
    },
  };
}
