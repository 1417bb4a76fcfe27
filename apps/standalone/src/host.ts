import { runAll } from '@hookyard/platform';
import { whenDefaultProject } from './default-project.ts';
import { readyLines } from './ready-lines.ts';
import { defaults, services } from './services.ts';

/** All five services in this process, until it is told to stop. */
export async function host(): Promise<void> {
  await runAll(services, {
    defaults,
    async onReady(running) {
      await whenDefaultProject(running.platform);
      process.stdout.write(`${readyLines(running).join('\n')}\n`);
    },
  });
}
