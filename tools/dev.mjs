/** `npm run dev`: all services, built and started anew whenever a source changes. */
import { spawn } from 'node:child_process';
import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { packages, root } from './check/workspace.mjs';
import { refuseOldNode } from './node-range.mjs';

refuseOldNode();

// A save often touches several files: one build for all that changes within this time.
const settleMs = 150;
let child;
let timer;
let working = false;
let again = false;

async function renew() {
  if (working) {
    again = true;
    return;
  }
  working = true;
  do {
    again = false;
    if (build()) {
      await stop();
      child = spawn(process.execPath, [join(root, 'apps/standalone/dist/main.js')], { cwd: root, stdio: 'inherit' });
    }
  } while (again);
  working = false;
}

function stop() {
  const running = child;
  if (running === undefined || running.exitCode !== null || running.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    running.once('exit', resolve);
    running.kill('SIGTERM');
  });
}

for (const folder of packages().map((found) => join(root, found.folder, 'src')).filter((path) => existsSync(path))) {
  watch(folder, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(renew, settleMs);
  });
}

// Ctrl-C reaches the child by itself: it belongs to the same terminal.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop().then(() => process.exit(0)));
await renew();
