import { setTimeout as pause } from 'node:timers/promises';
import type { Entry } from '../store/catalog.ts';
import { isBoundary, readAll, readStream, type From } from '../store/reads.ts';
import { CallFailed, failures } from '../wire/failures.ts';
import { readAnswers } from '../wire/read-answers.ts';
import { readRequest, type ReadRequest } from '../wire/requests.ts';
import { allFeed, streamFeed } from './feed.ts';
import { send, sendEvents, type ReadCall } from './sending.ts';
import { refusalOf, type Served } from './served.ts';
import { subscribe } from './subscribing.ts';
import { failureOf } from './unary-writes.ts';

// Events read from the log at once.
const pageSize = 256;

/** Reads and subscriptions, of one stream or of everything. */
export function read(served: Served): (call: ReadCall) => void {
  return (call) => void answer(served, call);
}

async function answer(served: Served, call: ReadCall): Promise<void> {
  call.on('error', () => {});
  try {
    if (!(await isAnswered(served, call))) return;
    await dispatch(served, call, readRequest(call.request));
    call.end();
  } catch (error) {
    call.emit('error', failureOf(error));
  }
}

/** False: as if nobody heard it. */
async function isAnswered({ access, faults }: Served, call: ReadCall): Promise<boolean> {
  const refusal = refusalOf(access(call.metadata));
  if (refusal !== undefined) throw new CallFailed(refusal);
  if (faults.take('silence', 'reads') !== undefined) return false;
  if (faults.take('notReady', 'reads') !== undefined) throw new CallFailed(failures.notReady());
  const leader = call.metadata.get('requires-leader').includes('true') ? faults.take('notLeader', 'reads') : undefined;
  if (leader !== undefined) throw new CallFailed(failures.notLeader(leader));
  const delay = faults.take('delay', 'reads');
  if (delay !== undefined) await pause(delay.ms, undefined, { ref: false });
  return true;
}

function dispatch(served: Served, call: ReadCall, request: ReadRequest): Promise<void> {
  const { catalog } = served.store;
  switch (request.kind) {
    case 'read_stream':
      return streamRead(served, call, request);
    case 'read_all':
      requireBoundary(served, request.from);
      return sendLimited(served, call, { entries: filtered(readAll(catalog, request.from, request.direction), request.filter?.matches), limit: request.limit });
    case 'subscribe_stream':
      return subscribe(served, call, streamFeed(catalog, request.stream, request.after), undefined);
    case 'subscribe_all':
      requireBoundary(served, request.after);
      return subscribe(served, call, allFeed(catalog, request.after, request.filter?.matches), request.filter);
  }
}

async function streamRead(served: Served, call: ReadCall, { stream, from, direction, limit }: Extract<ReadRequest, { kind: 'read_stream' }>): Promise<void> {
  // There is nothing after the end; the real server stumbles over it.
  if (direction === 'forwards' && from === 'end') throw new CallFailed(failures.handlerThrew());
  const result = readStream(served.store.catalog, stream, { from, direction, now: Date.now() });
  if (result.state === 'deleted') throw new CallFailed(failures.streamDeleted(stream));
  if (result.state === 'missing') send(call, readAnswers.streamNotFound(stream));
  else await sendLimited(served, call, { entries: result.entries, limit });
}

/** Since 24.6 a position in the middle of a record is an error; before, it was undefined what happened. */
function requireBoundary({ store }: Served, from: From): void {
  if (typeof from === 'number' && !isBoundary(store.catalog.all, from)) throw new CallFailed(failures.invalidPosition());
}

async function sendLimited({ store }: Served, call: ReadCall, { entries, limit }: { readonly entries: Iterable<Entry>; readonly limit: number }): Promise<void> {
  let page: Entry[] = [];
  let left = limit;
  if (left <= 0) return;
  for (const entry of entries) {
    page.push(entry);
    left -= 1;
    if (page.length < pageSize && left > 0) continue;
    await sendEvents(call, store, page);
    page = [];
    if (left === 0 || call.cancelled) return;
  }
  await sendEvents(call, store, page);
}

function* filtered(entries: Iterable<Entry>, matches: (entry: Entry) => boolean = () => true): Generator<Entry> {
  for (const entry of entries) if (matches(entry)) yield entry;
}
