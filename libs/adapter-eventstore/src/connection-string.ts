export type Credentials = { readonly username: string; readonly password: string };

/** Where a user certificate and its private key lie, both in PEM. */
export type UserCertificate = { readonly certFile: string; readonly keyFile: string };

export type Completion = {
  readonly credentials?: Credentials;
  readonly userCertificate?: UserCertificate;
  /** Talk to this member of the cluster alone. */
  readonly leader?: { readonly address: string; readonly port: number };
  /** Counts the clients of this process. */
  readonly serial: number;
};

// scheme, user and password, hosts, options
const shape = /^(esdb(?:\+discover)?:\/\/)(?:([^/?@]*)@)?([^/?@]+)\/*(?:\?(.*))?$/;

// What version 6.2 of the client understands. Others it ignores, and prints the whole connection string on the console; so too tlsVerifyCert.
const known: readonly string[] = [
  ...['tls', 'tlscafile', 'usercertfile', 'userkeyfile', 'connectionname', 'nodepreference', 'throwonappendfailure'],
  ...['defaultdeadline', 'keepaliveinterval', 'keepalivetimeout', 'maxdiscoverattempts', 'discoveryinterval', 'gossiptimeout'],
];

// The client's own default; at shorter ones it complains on the console.
const keepAliveMs = 10_000;
const serials = 10_000;

/**
 * The connection string as our client needs it. Each client gets a keep-alive interval of its own, a few milliseconds apart:
 * connections are shared in a process among channels with the same options, and with them a broken connection and its long back-off.
 */
export function completed(connectionString: string, { credentials, userCertificate, leader, serial }: Completion): string {
  const { scheme, login, hosts, options } = parts(connectionString);
  const user = credentials === undefined ? login : `${encodeURIComponent(credentials.username)}:${encodeURIComponent(credentials.password)}`;
  const interval = Number(options.find(([key]) => plainKey(key) === 'keepaliveinterval')?.[1] ?? keepAliveMs);
  const all: readonly (readonly [string, string])[] = [
    ...options.filter(([key]) => !['throwonappendfailure', 'keepaliveinterval'].includes(plainKey(key))),
    ...(userCertificate === undefined ? [] : ([['userCertFile', encodeURIComponent(userCertificate.certFile)], ['userKeyFile', encodeURIComponent(userCertificate.keyFile)]] as const)),
    // Otherwise a refused append would answer with a wrong revision instead of an error.
    ['throwOnAppendFailure', 'true'],
    ['keepAliveInterval', String(interval < 0 ? interval : Math.max(interval, keepAliveMs) + (serial % serials))],
  ];
  const address = leader === undefined ? `${scheme}${user === '' ? '' : `${user}@`}${hosts}` : `esdb://${user === '' ? '' : `${user}@`}${leader.address}:${leader.port}`;
  return `${address}?${all.map(([key, value]) => `${key}=${value}`).join('&')}`;
}

/** The servers that a connection string names, for people to read: no credentials, no options. */
export function serverOf(connectionString: string): string {
  return parts(connectionString).hosts;
}

function parts(connectionString: string) {
  const [, scheme, login = '', hosts, options = ''] = shape.exec(connectionString.trim()) ?? [];
  // Without the text: it may hold a password.
  if (scheme === undefined || hosts === undefined) throw new Error('not a connection string of EventStoreDB: it begins with esdb:// or esdb+discover:// and names a host');
  const pairs = options.split('&').filter((pair) => pair !== '').map(pairOf);
  const unknown = pairs.find(([key]) => !known.includes(plainKey(key)));
  if (unknown !== undefined) throw new Error(`EventStoreDB's client does not support the connection option ${unknown[0]}`);
  return { scheme, login, hosts, options: pairs };
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** As the client compares the names of options. */
function plainKey(key: string): string {
  return key.trim().toLowerCase().replace(/[_-]/g, '');
}
