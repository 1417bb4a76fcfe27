import { readFileSync } from 'node:fs';

/** Ends the process with a sentence when this Node.js is older than `engines.node` in package.json allows. */
export function refuseOldNode() {
  const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const oldest = engines.node.replace('>=', '');
  if (compare(process.versions.node, oldest) >= 0) return;
  process.stderr.write(`Hookyard needs Node.js ${oldest} or later; this is ${process.versions.node}.\n`);
  process.exit(1);
}

function compare(left, right) {
  const [ours, theirs] = [left, right].map((version) => version.split('.').map(Number));
  const place = ours.findIndex((part, at) => part !== theirs[at]);
  return place === -1 ? 0 : ours[place] - theirs[place];
}
