/** What differs between brokers of test clusters. */
export type BrokerSettings = {
  readonly id: number;
  readonly dataFolder: string;
  /** Every broker of the cluster, this one among them: id and port of its controller. */
  readonly voters: readonly { readonly id: number; readonly port: number }[];
  readonly plainPort: number;
  /** A second plain listener, told to clients as another port: that of a proxy before it. */
  readonly proxied?: { readonly port: number; readonly advertisedPort: number };
  readonly secured?: SecuredListener;
};

export type SecuredListener = {
  readonly port: number;
  readonly protocol: 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  /** For SSL and SASL_SSL: a PKCS 12 file. */
  readonly keystore?: { readonly path: string; readonly password: string };
  /** For SASL_PLAINTEXT and SASL_SSL. */
  readonly user?: { readonly name: string; readonly password: string };
};

/** server.properties of a combined KRaft node, tuned to start, fail over and come back quickly. */
export function serverProperties(settings: BrokerSettings): string {
  const brokers = settings.voters.length;
  const listeners = listenersOf(settings);
  return render({
    'process.roles': 'broker,controller',
    'node.id': settings.id,
    'controller.quorum.voters': settings.voters.map(({ id, port }) => `${id}@127.0.0.1:${port}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAIN',
    listeners: listeners.map(({ name, port }) => `${name}://127.0.0.1:${port}`).join(','),
    'advertised.listeners': listeners
      .filter(({ name }) => name !== 'CONTROLLER')
      .map(({ name, port, advertisedPort }) => `${name}://127.0.0.1:${advertisedPort ?? port}`)
      .join(','),
    'listener.security.protocol.map': listeners.map(({ name, protocol }) => `${name}:${protocol}`).join(','),
    'log.dirs': settings.dataFolder,
    'auto.create.topics.enable': false,
    'num.partitions': 1,
    'default.replication.factor': brokers,
    'min.insync.replicas': Math.max(1, brokers - 1),
    'offsets.topic.num.partitions': 8,
    'offsets.topic.replication.factor': brokers,
    'transaction.state.log.num.partitions': 8,
    'transaction.state.log.replication.factor': brokers,
    'transaction.state.log.min.isr': Math.max(1, brokers - 1),
    'share.coordinator.state.topic.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': brokers,
    'share.coordinator.state.topic.min.isr': Math.max(1, brokers - 1),
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    // A killed broker is fenced, and may come back, after this and not after 9 s.
    'broker.session.timeout.ms': 1_500,
    'broker.heartbeat.interval.ms': 300,
    'log.cleaner.dedupe.buffer.size': 16_777_216,
    'log.cleaner.threads': 1,
    'controlled.shutdown.enable': brokers > 1,
    ...(settings.secured === undefined ? {} : securityOf(settings.secured)),
  });
}

type Listener = { readonly name: string; readonly protocol: string; readonly port: number; readonly advertisedPort?: number };

function listenersOf({ id, voters, plainPort, proxied, secured }: BrokerSettings): readonly Listener[] {
  const own = voters.find((voter) => voter.id === id);
  if (own === undefined) throw new Error(`broker ${id} is not among the voters`);
  return [
    { name: 'CONTROLLER', protocol: 'PLAINTEXT', port: own.port },
    { name: 'PLAIN', protocol: 'PLAINTEXT', port: plainPort },
    ...(proxied === undefined ? [] : [{ name: 'PROXIED', protocol: 'PLAINTEXT', ...proxied }]),
    ...(secured === undefined ? [] : [{ name: 'SECURED', protocol: secured.protocol, port: secured.port }]),
  ];
}

function securityOf({ keystore, user }: SecuredListener): Readonly<Record<string, string>> {
  const of = (key: string) => `listener.name.secured.${key}`;
  const tls = keystore && {
    [of('ssl.keystore.type')]: 'PKCS12',
    [of('ssl.keystore.location')]: keystore.path,
    [of('ssl.keystore.password')]: keystore.password,
  };
  const sasl = user && {
    [of('sasl.enabled.mechanisms')]: saslMechanisms.join(','),
    [of('plain.sasl.jaas.config')]:
      `org.apache.kafka.common.security.plain.PlainLoginModule required user_${user.name}="${user.password}";`,
    [of('scram-sha-256.sasl.jaas.config')]: 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    [of('scram-sha-512.sasl.jaas.config')]: 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  };
  return { ...tls, ...sasl };
}

export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

const render = (properties: Readonly<Record<string, string | number | boolean>>): string =>
  Object.entries(properties)
    .map(([key, setting]) => `${key}=${setting}\n`)
    .join('');
