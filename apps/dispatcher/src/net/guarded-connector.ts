import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { AddressDenied, type AddressGuard } from './address-guard.ts';

/** Answers all addresses of a host name. */
export type Resolve = (hostname: string, answer: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void) => void;

const resolveBySystem: Resolve = (hostname, answer) => systemLookup(hostname, { all: true }, answer);

/**
 * Connects only where the guard lets it. The check stands in the look-up of the connection itself, so the address checked is the
 * address connected to; when any address of a name is denied, the name is. Host names that are addresses never reach the look-up
 * (node:net skips it), so they are checked here.
 */
export function guardedConnector(guard: AddressGuard, connectTimeoutMs: number, resolve: Resolve = resolveBySystem): buildConnector.connector {
  const lookup: LookupFunction = (hostname, options, answer) => {
    resolve(hostname, (error, addresses) => {
      if (error !== null) return answer(error, '', 4);
      const wanted = addresses.filter(({ family }) => !options.family || options.family === `IPv${family}` || options.family === family);
      const [first] = wanted;
      const denied = addresses.map(({ address }) => guard.denial(address)).find((reason) => reason !== null);
      if (denied !== undefined) return answer(new AddressDenied(hostname, denied), '', 4);
      if (first === undefined) return answer(Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' }), '', 4);
      if (options.all) answer(null, [...wanted]);
      else answer(null, first.address, first.family);
    });
  };
  const connect = buildConnector({ timeout: connectTimeoutMs, lookup, autoSelectFamily: true });
  return (options, connected) => {
    const denied = isIP(options.hostname) === 0 ? null : guard.denial(options.hostname);
    if (denied === null) connect(options, connected);
    else queueMicrotask(() => connected(new AddressDenied(options.hostname, denied), null));
  };
}
