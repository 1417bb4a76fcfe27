import { createHmac } from 'node:crypto';
import { Pool } from 'undici';

// As many as the dispatcher has by default: 64 connections to each of four origins.
const inFlight = 256;

/** What there is to compare with: undici's `Pool.dispatch`, 1 kB posts signed as Standard Webhooks has it, nothing else. Answers how many a second, and µs of processor time each. */
export async function measureBareSender(urls, count) {
  const pools = urls.map((url) => new Pool(url, { connections: inFlight / urls.length, pipelining: 1 }));
  const key = Buffer.alloc(32, 'k');
  const pad = 'x'.repeat(1_000);
  const post = (number) => {
    const body = `{"number":${number},"pad":"${pad}"}`;
    const timestamp = `${Math.floor(Date.now() / 1_000)}`;
    const signature = createHmac('sha256', key).update(`msg_${number}.${timestamp}.`).update(body).digest('base64');
    const headers = ['content-type', 'application/json', 'webhook-id', `msg_${number}`, 'webhook-timestamp', timestamp, 'webhook-signature', `v1,${signature}`];
    return new Promise((resolve, reject) => {
      pools[number % pools.length].dispatch(
        { method: 'POST', path: `/bare/${number % 32}`, body, headers },
        { onRequestStart() {}, onResponseStart() {}, onResponseData() {}, onResponseEnd: resolve, onResponseError: (_, error) => reject(error) },
      );
    });
  };
  const [began, used] = [performance.now(), process.cpuUsage()];
  let next = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < count) await post(next++);
    }),
  );
  const perSecond = (count / (performance.now() - began)) * 1_000;
  const { user, system } = process.cpuUsage(used);
  await Promise.all(pools.map((pool) => pool.close()));
  return { perSecond, cpuMicroseconds: (user + system) / count };
}
