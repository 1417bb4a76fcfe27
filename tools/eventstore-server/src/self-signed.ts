import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** PEM texts. */
export type SelfSigned = { readonly cert: Buffer; readonly key: Buffer };

const oids = { ecdsaWithSha256: '2a8648ce3d040302', commonName: '550403', subjectAltName: '551d11', basicConstraints: '551d13' };
const tags = { boolean: 0x01, integer: 0x02, bitString: 0x03, octetString: 0x04, oid: 0x06, utf8: 0x0c, generalizedTime: 0x18, sequence: 0x30, set: 0x31 };

/**
 * A certificate for a name or address that is its own authority, valid until 2100: for tests of TLS, which must not need a tool that makes one.
 * X.509 v3 (RFC 5280), ECDSA on P-256.
 */
export function selfSigned(host: string): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1', publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
  const algorithm = sequence(oid(oids.ecdsaWithSha256));
  const name = sequence(der(tags.set, sequence(oid(oids.commonName), der(tags.utf8, Buffer.from(host)))));
  const validity = sequence(time('20200101000000Z'), time('21000101000000Z'));
  const serial = der(tags.integer, Buffer.concat([Buffer.of(1), randomBytes(8)]));
  const version = der(0xa0, der(tags.integer, Buffer.of(2)));
  const toBeSigned = sequence(version, serial, algorithm, name, validity, name, publicKey, extensions(host));
  const certificate = sequence(toBeSigned, algorithm, bits(sign('sha256', toBeSigned, privateKey)));
  return { cert: Buffer.from(`-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`), key: Buffer.from(privateKey) };
}

function extensions(host: string): Buffer {
  const address = isIP(host) === 4 ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host));
  const isAuthority = der(tags.boolean, Buffer.of(0xff));
  return der(0xa3, sequence(extension(oids.basicConstraints, sequence(isAuthority)), extension(oids.subjectAltName, sequence(address))));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(tags.octetString, value));
}

function bits(value: Buffer): Buffer {
  return der(tags.bitString, Buffer.concat([Buffer.of(0), value]));
}

function oid(hex: string): Buffer {
  return der(tags.oid, Buffer.from(hex, 'hex'));
}

function time(text: string): Buffer {
  return der(tags.generalizedTime, Buffer.from(text));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(tags.sequence, Buffer.concat(parts));
}

/** Tag, length, value: the one rule of DER. */
function der(tag: number, value: Buffer): Buffer {
  if (value.length < 0x80) return Buffer.concat([Buffer.of(tag, value.length), value]);
  const length = Buffer.from(value.length.toString(16).padStart(4, '0'), 'hex');
  return Buffer.concat([Buffer.of(tag, 0x82), length, value]);
}
