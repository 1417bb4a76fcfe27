import ipaddr from 'ipaddr.js';
import { isWithin, type Network, specialRange } from './special-ranges.ts';

/** Decides which addresses a delivery may reach. */
export type AddressGuard = {
  /** Why the address is denied, or null when it may be reached. What is no IP address is denied. */
  readonly denial: (address: string) => string | null;
};

/** Thrown into the connection when the guard refuses; recognised by its code. */
export class AddressDenied extends Error {
  override readonly name = 'AddressDenied';
  readonly code = 'address_denied';
  constructor(hostname: string, range: string) {
    super(`${hostname} leads to an address that deliveries may not reach (${range}).`);
  }
}

/**
 * Denies every special-purpose range but the networks that the operator allows. An address that carries an IPv4 address
 * inside (mapped, NAT64, 6to4, Teredo) is also judged by that one, so that no form of writing opens a door.
 */
export function addressGuard(allowed: readonly Network[]): AddressGuard {
  function denialOf(address: ipaddr.IPv4 | ipaddr.IPv6): string | null {
    if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) return denialOf(address.toIPv4Address());
    const inside = embedded(address);
    const denied = inside === null ? null : denialOf(inside);
    if (denied !== null) return denied;
    return allowed.some((network) => isWithin(address, network)) ? null : specialRange(address);
  }
  return {
    denial(text) {
      const plain = text.includes(':') && text.includes('.') ? inHexadecimal(text) : text;
      return ipaddr.isValid(plain) ? denialOf(ipaddr.parse(plain)) : 'no IP address';
    },
  };
}

/** ipaddr.js takes `::8.8.8.8` for a mapped address, the system does not: judged is what the system would connect to. */
function inHexadecimal(text: string): string {
  const url = `http://[${text}]`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : '';
}

/** The IPv4 address that translation or a tunnel would lead to: RFC 6052 2.1, RFC 3056 2, RFC 4380 4, RFC 4291 2.5.5.1. */
function embedded(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | null {
  if (address instanceof ipaddr.IPv4) return null;
  const bytes = address.toByteArray();
  const at = (from: number): ipaddr.IPv4 => new ipaddr.IPv4(bytes.slice(from, from + 4));
  const within = (prefix: string, bits: number): boolean => isWithin(address, [ipaddr.IPv6.parse(prefix), bits]);
  if (within('64:ff9b::', 96)) return at(12);
  if (within('2002::', 16)) return at(2);
  if (within('2001::', 32)) return new ipaddr.IPv4(bytes.slice(12).map((byte) => byte ^ 0xff));
  return within('::', 96) && !within('::', 127) ? at(12) : null;
}
