/** The oldest Node.js that everything here runs on, as `engines.node` in the root package.json has it. */
export const oldestNode = '20.19.0';

/** A sentence when this Node.js is too old, else null. Imports nothing, so that it can be asked before anything else is loaded. */
export function nodeProblem(running: string): string | null {
  const [has, needs] = [running, oldestNode].map((version) => version.split('.').map(Number));
  for (const [place, need] of (needs ?? []).entries()) {
    const part = has?.[place] ?? 0;
    if (part > need) return null;
    if (part < need) return `Hookyard needs Node.js ${oldestNode} or later; this is ${running}.`;
  }
  return null;
}
