import type { ServerProcess } from './process.ts';

/** A server that tests may ill-treat. It has data of its own, and dies with the process that started it. */
export type Server = {
  /** What a client connects to; the same after every restart. */
  readonly address: string;
  /** The processes that run now, or ran last. */
  readonly pids: () => readonly number[];
  /** SIGKILL: resolves when it is gone. Its data stays. */
  readonly kill: () => Promise<void>;
  /** Same port, same data; ends it in good order first when it runs. Resolves when it serves. */
  readonly restart: () => Promise<void>;
  /** SIGSTOP: connections stay open, and nothing answers. */
  readonly pause: () => void;
  /** SIGCONT. */
  readonly resume: () => void;
  /** Ends it, and removes its data. */
  readonly stop: () => Promise<void>;
};

/** Several processes as one server. */
export function together(address: string, processes: readonly ServerProcess[], clean: () => Promise<void>): Server {
  const all = async (act: (process: ServerProcess) => Promise<void>): Promise<void> => {
    await Promise.all(processes.map(act));
  };
  const kill = () => all((process) => process.kill());
  return {
    address,
    pids: () => processes.map((process) => process.identity().pid),
    kill,
    restart: () => all((process) => process.restart()),
    pause: () => processes.forEach((process) => process.pause()),
    resume: () => processes.forEach((process) => process.resume()),
    // Its data goes as well, so there is nothing to put in order.
    stop: async () => {
      await kill();
      await clean();
    },
  };
}
