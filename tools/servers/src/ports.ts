import { createServer } from 'node:net';

/**
 * Free ports of the loopback interface, below the range from which systems take ports for outgoing connections (Linux: 32768 and up):
 * while a killed server is away, no client's socket can sit down on its port.
 */
const lowest = 20_000;
const highest = 32_000;

export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
}

export const freePorts = (count: number): Promise<readonly number[]> => Promise.all(Array.from({ length: count }, freePort));

/** What this process has handed out, whether or not a server sits on it yet. */
const given = new Set<number>();

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
