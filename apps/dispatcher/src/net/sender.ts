import type { RenderedRequest } from '@hookyard/dialect';
import type { Outcome } from '@hookyard/event-schemas';
import { addressGuard } from './address-guard.ts';
import { Exchange } from './exchange.ts';
import { guardedConnector, type Resolve } from './guarded-connector.ts';
import { originPools } from './origin-pools.ts';
import { redirected } from './redirect.ts';
import type { Network } from './special-ranges.ts';

export type Sent = { readonly outcome: Outcome; readonly durationMs: number };

export type SendLimits = {
  /** Whole time, from the call to the end of the body, over all redirects. */
  readonly timeoutMs: number;
  /** 0: a redirect is an answer like any other. */
  readonly maxRedirects: number;
};

/** Sends a request once. Never rejects for what the world does: that is the outcome. */
export interface Sender {
  send(request: RenderedRequest, limits: SendLimits): Promise<Sent>;
  /** Cuts what is on its way; its outcomes are connection failures. */
  close(): Promise<void>;
}

export type SenderOptions = {
  /** Special-purpose networks that deliveries may reach all the same. */
  readonly allowedNetworks: readonly Network[];
  readonly connectionsPerOrigin: number;
  readonly idleOrigins: number;
  readonly connectTimeoutMs: number;
  /** Default: the system's resolver. */
  readonly resolve?: Resolve;
};

// Deadlines are looked at this often while anything is on its way: no timer for each request.
const deadlineTickMs = 50;

/** A sender over undici: bounded connections, kept alive, every one of them checked by the address guard. */
export function httpSender(options: SenderOptions): Sender {
  const connect = guardedConnector(addressGuard(options.allowedNetworks), options.connectTimeoutMs, options.resolve);
  const pools = originPools({ ...options, connect });
  const open = new Set<Exchange>();
  const urlOf = rememberedUrls();
  let ticking: NodeJS.Timeout | undefined;

  function tick(): void {
    const now = performance.now();
    for (const exchange of open) if (exchange.deadline <= now) exchange.timeOut(now);
  }

  function watch(exchange: Exchange): void {
    open.add(exchange);
    ticking ??= setInterval(tick, deadlineTickMs).unref();
  }

  function unwatch(exchange: Exchange): void {
    open.delete(exchange);
    if (open.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  }

  function exchange(request: RenderedRequest, url: URL, startedAt: number, deadline: number): Promise<Outcome> {
    return new Promise((resolve) => {
      const { pool, release } = pools.acquire(url.origin);
      const handler = new Exchange(startedAt, deadline, (ended, outcome) => {
        unwatch(ended);
        release();
        resolve(outcome);
      });
      watch(handler);
      const headers: string[] = [];
      for (const { name, value } of request.headers) headers.push(name, value);
      pool.dispatch({ method: request.method, path: url.pathname + url.search, headers, body: request.body }, handler);
    });
  }

  return {
    async send(request, { timeoutMs, maxRedirects }) {
      const startedAt = performance.now();
      const deadline = startedAt + timeoutMs;
      let current = request;
      for (let hops = 0; ; hops += 1) {
        const url = urlOf(current.url);
        const outcome = url === null ? unusable(current.url) : await exchange(current, url, startedAt, deadline);
        const next = url === null || hops >= maxRedirects ? null : redirected(current, url, outcome);
        if (next === null) return { outcome, durationMs: Math.round(performance.now() - startedAt) };
        current = next;
      }
    },
    close: () => pools.destroy(),
  };
}

// Reading a URL costs as much as signing, and a webhook's is the same each time.
const urlsRemembered = 10_000;

/** Null for what is no http or https URL. */
function rememberedUrls(): (text: string) => URL | null {
  const known = new Map<string, URL | null>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const url = URL.canParse(text) ? new URL(text) : null;
    const usable = url?.protocol === 'https:' || url?.protocol === 'http:' ? url : null;
    if (known.size >= urlsRemembered) known.clear();
    known.set(text, usable);
    return usable;
  };
}

function unusable(url: string): Outcome {
  return { kind: 'not_sent', code: 'invalid_url', message: `${url.slice(0, 200)} is no http or https URL.` };
}
