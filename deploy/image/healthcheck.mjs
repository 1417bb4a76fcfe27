/**
 * Ends with 0 when the app of this container is ready. A service answers on the port of its health and metrics; the standalone host
 * has none and answers on that of its API.
 */
const { HOOKYARD_OPS_PORT, HOOKYARD_PORT } = process.env;
const answer = await ask(HOOKYARD_OPS_PORT || '9090').catch(() => ask(HOOKYARD_PORT || '8080'));
if (!answer.ok) {
  process.stdout.write(`${await answer.text()}\n`);
  process.exitCode = 1;
}

function ask(port) {
  return fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(4_000) });
}
