import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Entry } from '../store/catalog.ts';
import type { Store } from '../store/store.ts';
import type { Streams } from '../wire/protocol.ts';

/** Messages of Read go out as the bytes that lie in the log; see `rawRead` in server.ts. */
export type ReadCall = ServerWritableStream<Streams.ReadReq, Uint8Array>;

/** True when the reader has not taken everything yet. */
export function send(call: ReadCall, message: Uint8Array): boolean {
  return call.cancelled || !call.write(message);
}

/** Resolves when there is room again, or the call is over. Answers whether it had to wait. */
export async function sendEvents(call: ReadCall, store: Store, entries: readonly Entry[]): Promise<boolean> {
  let waited = false;
  for (const bytes of store.bytesOf(entries)) {
    if (call.cancelled) return waited;
    if (!send(call, bytes)) continue;
    waited = true;
    await room(call);
  }
  return waited;
}

function room(call: ReadCall): Promise<void> {
  if (call.cancelled || !call.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ['drain', 'cancelled', 'close'] as const) call.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'cancelled', 'close'] as const) call.on(event, done);
  });
}
