/** `npm start`: builds what has to be built, then runs all services in this process. Ctrl-C reaches them, their exit code is ours. */
import { build, isStale } from './build.mjs';
import { refuseOldNode } from './node-range.mjs';

refuseOldNode();
if (isStale() && !build()) {
  process.stderr.write('The build failed; what is wrong stands above.\n');
  process.exit(1);
}
await import('../apps/standalone/dist/main.js');
