import { nodeProblem } from './node-version.ts';

const problem = nodeProblem(process.versions.node);
if (problem === null) {
  const { host } = await import('./host.ts');
  await host();
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
