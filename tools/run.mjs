/** `npm run hookyard -- …`: builds what has to be built, then works on a whole installation. See docs/operations.md. */
import { build, isStale } from './build.mjs';
import { refuseOldNode } from './node-range.mjs';

refuseOldNode();
if (isStale() && !build()) {
  process.stderr.write('The build failed; what is wrong stands above.\n');
  process.exit(1);
}
await import('../apps/operations/dist/main.js');
