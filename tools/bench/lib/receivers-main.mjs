/** The process of the receivers: answers 204 to everything, and notes when the event of each number arrived first. */
import { createServer } from 'node:http';

const number = /"number":(\d+)/;
let arrivals = new Float64Array(0);
let distinct = 0;
let repeats = 0;
let lastAt = 0;

function note(body) {
  const at = Number(number.exec(body)?.[1] ?? -1);
  if (at < 0 || at >= arrivals.length) return;
  if (arrivals[at] > 0) {
    repeats += 1;
    return;
  }
  lastAt = arrivals[at] = performance.timeOrigin + performance.now();
  distinct += 1;
}

function listen() {
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(204).end();
      // latin1: the number stands in front, and nothing else is looked at.
      note((chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)).latin1Slice());
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', 1_024, () => resolve(`http://127.0.0.1:${server.address().port}`));
  });
}

const asks = {
  expect({ count }) {
    arrivals = new Float64Array(count);
    distinct = repeats = lastAt = 0;
  },
  count: () => ({ distinct, repeats, lastAt }),
  arrivals: () => arrivals,
};

process.on('message', (message) => process.send(asks[message.ask](message) ?? null));
process.on('disconnect', () => process.exit(0));
process.send(await Promise.all(Array.from({ length: Number(process.argv[2]) }, listen)));
