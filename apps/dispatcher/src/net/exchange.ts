import type { Outcome } from '@hookyard/event-schemas';
import type { Dispatcher } from 'undici';
import { ResponseBody } from './response-body.ts';

/** One request on its way and the answer to it. Ends exactly once, with an outcome, whatever happens on the wire. */
export class Exchange implements Dispatcher.DispatchHandler {
  private stage: 'connect' | 'response' | 'body' = 'connect';
  private ended = false;
  private controller: Dispatcher.DispatchController | undefined;
  private status = 0;
  private readonly headers: Record<string, string> = {};
  private readonly body = new ResponseBody();

  constructor(
    /** On the clock of `performance.now()`. */
    private readonly startedAt: number,
    readonly deadline: number,
    private readonly onEnd: (exchange: Exchange, outcome: Outcome) => void,
  ) {}

  /** The whole time is up. */
  timeOut(now: number): void {
    this.end({ kind: 'timed_out', stage: this.stage, afterMs: Math.round(now - this.startedAt) });
    this.controller?.abort(new Error('time is up'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // A request that waited for a connection until its time was up is never sent.
    if (this.ended) return controller.abort(new Error('time is up'));
    this.controller = controller;
    this.stage = 'response';
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Record<string, string | string[] | undefined>): void {
    if (status < 200) return;
    this.stage = 'body';
    this.status = status;
    for (const name in headers) {
      const value = headers[name];
      this.headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.body.add(chunk)) return;
    this.end(this.answer());
    controller.abort(new Error('the body is longer than anybody reads'));
  }

  onResponseEnd(): void {
    this.end(this.answer());
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.end(failure(error, Math.round(performance.now() - this.startedAt)));
  }

  private answer(): Outcome {
    return { kind: 'responded', status: this.status, headers: this.headers, ...this.body.text() };
  }

  private end(outcome: Outcome): void {
    if (this.ended) return;
    this.ended = true;
    this.onEnd(this, outcome);
  }
}

function failure(error: Error & { readonly code?: string }, afterMs: number): Outcome {
  const { code = 'unknown' } = error;
  const message = messageOf(error).slice(0, longestMessage);
  switch (code) {
    case 'address_denied':
      return { kind: 'not_sent', code, message };
    case 'UND_ERR_INVALID_ARG':
    case 'UND_ERR_NOT_SUPPORTED':
      return { kind: 'not_sent', code: 'invalid_request', message };
    case 'UND_ERR_CONNECT_TIMEOUT':
      return { kind: 'timed_out', stage: 'connect', afterMs };
    default:
      return { kind: 'connection_failed', code, message };
  }
}

const longestMessage = 300;

/** When several addresses were tried, node:net reports them together without a message of its own. */
function messageOf(error: Error): string {
  if (error.message !== '') return error.message;
  return error instanceof AggregateError ? error.errors.map(String).join('; ') : error.name;
}
