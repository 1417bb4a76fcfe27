import { randomUUID } from 'node:crypto';
import { afterAll, expect } from '@jest/globals';
import type { FaultCode } from '@hookyard/event-schemas';

/** What a contract suite is given to work on. */
export type Opened<Port> = {
  readonly port: Port;
  /**
   * With capability `durable`: lets go of the port at this very instant, without waiting for what is in hand, as near to a crash
   * as the engine can come inside one process, and opens again what it left behind.
   */
  readonly reopen?: () => Promise<Opened<Port>>;
  /** Called once after the port was closed, for what else was opened beside it. */
  readonly dispose?: () => Promise<void>;
};

/** Opens an engine with room of its own, or a connection to a shared server: the suites use fresh names in either. */
export type Open<Port> = () => Promise<Opened<Port>>;

export type Capabilities = {
  /** What was acknowledged is found again by `reopen`. */
  readonly durable?: boolean;
};

/** One port for most tests of a suite, and one of its own for each test that closes it. All are closed in the end. */
export function harness<Port extends { close(): Promise<void> }>(open: Open<Port>) {
  const opened: Opened<Port>[] = [];
  let shared: Promise<Opened<Port>> | undefined;

  async function fresh(): Promise<Opened<Port>> {
    const subject = await open();
    opened.push(subject);
    return subject;
  }

  afterAll(async () => {
    for (const subject of opened.splice(0).reverse()) {
      await subject.port.close();
      await subject.dispose?.();
    }
  });

  return {
    fresh,
    async port(): Promise<Port> {
      shared ??= fresh();
      return (await shared).port;
    },
    /** What a crash leaves behind. */
    async reopen(subject: Opened<Port>): Promise<Opened<Port>> {
      if (subject.reopen === undefined) throw new Error('a durable engine must be given to the suite with a way to reopen it');
      const again = await subject.reopen();
      opened.push(again);
      return again;
    },
  };
}

/** A name that no other test uses. */
export function freshName(prefix: string): string {
  return `${prefix}-${randomUUID()}`;
}

/** Expects a refusal with this code. */
export async function expectFault(work: Promise<unknown>, code: FaultCode): Promise<void> {
  await expect(work).rejects.toMatchObject({ name: 'Fault', code });
}

/** A promise and its handles: a handler waits at a gate until the test opens it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}
