import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { saslMechanisms, type SecuredListener } from './kafka-properties.ts';
import { run } from './run.ts';

export type KafkaSecurity = 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

/** What a client of the secured listener needs. */
export type Secured = {
  /** host:port of each broker. */
  readonly address: string;
  /** The authority that signed the brokers' certificate for localhost and 127.0.0.1, in PEM; with SSL and SASL_SSL. */
  readonly ca: string | undefined;
  /** With SASL_PLAINTEXT and SASL_SSL, by any of the mechanisms. */
  readonly user: { readonly name: string; readonly password: string } | undefined;
  readonly mechanisms: readonly string[];
};

export type Credentials = { readonly listener: Omit<SecuredListener, 'port'>; readonly client: Omit<Secured, 'address'> };

/** A certificate and a user of the cluster's own, made anew. */
export async function credentials(security: KafkaSecurity, folder: string): Promise<Credentials> {
  const user = security === 'SSL' ? undefined : { name: 'hookyard', password: secret() };
  const certificate = security === 'SASL_PLAINTEXT' ? undefined : await selfSigned(folder);
  return {
    listener: { protocol: security, ...(certificate && { keystore: certificate.keystore }), ...(user && { user }) },
    client: { ca: certificate?.ca, user, mechanisms: user === undefined ? [] : saslMechanisms },
  };
}

/** What StorageTool must put into the first metadata, so that SCRAM works before any broker runs. */
export const scramArguments = (user: SecuredListener['user']): readonly string[] =>
  user === undefined
    ? []
    : saslMechanisms
        .filter((mechanism) => mechanism.startsWith('SCRAM'))
        .flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${user.name},password=${user.password}]`]);

/** By keytool, since whoever has Java has it. */
async function selfSigned(folder: string): Promise<{ readonly keystore: { readonly path: string; readonly password: string }; readonly ca: string }> {
  const keystore = { path: join(folder, 'keystore.p12'), password: secret() };
  const pem = join(folder, 'ca.pem');
  const store = ['-keystore', keystore.path, '-storetype', 'PKCS12', '-storepass', keystore.password, '-alias', 'broker'];
  await run('keytool', [
    '-genkeypair',
    ...store,
    ...['-keyalg', 'EC', '-groupname', 'secp256r1', '-dname', 'CN=localhost', '-validity', '365'],
    ...['-ext', 'SAN=dns:localhost,ip:127.0.0.1', '-ext', 'BC=ca:true'],
  ]);
  await run('keytool', ['-exportcert', ...store, '-rfc', '-file', pem]);
  return { keystore, ca: await readFile(pem, 'utf8') };
}

const secret = (): string => randomBytes(16).toString('hex');
