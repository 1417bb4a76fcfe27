import { type buildConnector, type Dispatcher, Pool } from 'undici';

export type OriginPools = {
  /** The connections to an origin; `release` it when the exchange has ended. */
  acquire(origin: string): { readonly pool: Dispatcher; release(): void };
  /** Cuts every connection. */
  destroy(): Promise<void>;
};

export type OriginPoolsOptions = {
  readonly connect: buildConnector.connector;
  readonly connectionsPerOrigin: number;
  /** Origins whose connections are kept though nothing is on its way to them. */
  readonly idleOrigins: number;
};

// As node:http has it by default: 16 KiB of response headers.
const maxHeaderSize = 16 * 1024;

/** A pool of connections for each origin. Those used last are kept; an origin with something on its way is never dropped. */
export function originPools({ connect, connectionsPerOrigin, idleOrigins }: OriginPoolsOptions): OriginPools {
  // In order of use, oldest first.
  const entries = new Map<string, { readonly pool: Pool; active: number }>();
  let idle = 0;

  function open(origin: string): { readonly pool: Pool; active: number } {
    // Our own deadlines bound an exchange as a whole; those of undici bound only the gaps between bytes.
    const pool = new Pool(origin, { connect, connections: connectionsPerOrigin, pipelining: 1, maxHeaderSize, headersTimeout: 0, bodyTimeout: 0 });
    return { pool, active: 0 };
  }

  function dropOldestIdle(): void {
    for (const [origin, { pool, active }] of entries) {
      if (active > 0) continue;
      entries.delete(origin);
      idle -= 1;
      pool.close().catch(() => undefined);
      return;
    }
  }

  return {
    acquire(origin) {
      const known = entries.get(origin);
      const entry = known ?? open(origin);
      if (known !== undefined) {
        entries.delete(origin);
        if (known.active === 0) idle -= 1;
      }
      entries.set(origin, entry);
      entry.active += 1;
      return {
        pool: entry.pool,
        release() {
          entry.active -= 1;
          if (entry.active > 0) return;
          idle += 1;
          if (idle > idleOrigins) dropOldestIdle();
        },
      };
    },
    async destroy() {
      const pools = [...entries.values()].map(({ pool }) => pool);
      entries.clear();
      idle = 0;
      await Promise.all(pools.map((pool) => pool.destroy()));
    },
  };
}
