import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaults as standalone } from '@hookyard/standalone';

const token = `hya_${'bench'.repeat(8)}`;

/** The services in one process at a time, on one data folder: those that are to run, whichever. See `openTarget`. */
export async function embeddedTarget({ settings }) {
  const folder = await mkdtemp(join(tmpdir(), 'hookyard-bench-'));
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HOOKYARD_')));
  const common = { ...inherited, HOOKYARD_DATA_FOLDER: folder, HOOKYARD_ADMIN_TOKEN: token, HOOKYARD_LOG_LEVEL: 'warn', ...settings.every };
  // A process refuses settings of services that it does not run.
  const own = { ...settings, gateway: { HOOKYARD_PORT: '0', ...settings.gateway }, dispatcher: { ...standalone, ...settings.dispatcher } };
  let child;
  let url = null;
  let name = '';

  async function end() {
    if (child === undefined || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    child = undefined;
    await exited;
  }

  return {
    token,
    url: () => url,
    servicesAre: async (services) => {
      await end();
      if (services.length === 0) return;
      const starting = fork(join(import.meta.dirname, 'embedded-main.mjs'), [services.join(',')], { env: Object.assign({ ...common }, ...services.map((service) => own[service])), stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      child = starting;
      name = services.length > 2 ? 'host' : services.at(-1);
      const failed = once(starting, 'exit').then(([code]) => {
        throw new Error(`the process of ${services.join(', ')} ended with ${code} before it was ready`);
      });
      failed.catch(() => {});
      [{ url }] = await Promise.race([once(starting, 'message'), failed]);
    },
    metrics: async () => {
      const asked = child;
      asked.send('metrics');
      return (await once(asked, 'message'))[0];
    },
    processes: () => (child === undefined ? [] : [{ name, pid: child.pid }]),
    stop: async () => {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
