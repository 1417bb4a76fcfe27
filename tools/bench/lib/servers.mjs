import { byHand, running } from '@hookyard/test-servers';

/**
 * The servers of the cluster engine: those that `HOOKYARD_TEST_KAFKA`, `…_EVENTSTORE` and `…_MONGODB` name, the others started.
 * Answers the processes that are known (`{ name, pid }`), and `stop`, which ends those that were started here.
 */
export async function openServers() {
  const processes = [];
  const started = [];
  try {
    for (const [name, { variable, start }] of Object.entries(byHand)) {
      const named = process.env[variable];
      if (named) {
        const found = await running(name);
        if (found?.address === named) processes.push(...found.processes.map(({ pid }) => ({ name, pid })));
        continue;
      }
      const server = await start();
      started.push({ server, variable });
      process.env[variable] = server.address;
      processes.push(...server.pids().map((pid) => ({ name, pid })));
    }
  } catch (error) {
    await stop();
    throw error;
  }

  async function stop() {
    for (const { variable } of started) delete process.env[variable];
    await Promise.all(started.splice(0).map(({ server }) => server.stop()));
  }

  return { processes, stop };
}
