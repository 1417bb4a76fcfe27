import { serverProperties, type BrokerSettings } from './kafka-properties.ts';

const single: BrokerSettings = { id: 1, dataFolder: '/data/broker-1', voters: [{ id: 1, port: 20_001 }], plainPort: 20_002 };
const three: BrokerSettings = {
  ...single,
  id: 2,
  voters: [
    { id: 1, port: 20_001 },
    { id: 2, port: 20_011 },
    { id: 3, port: 20_021 },
  ],
};

const read = (settings: BrokerSettings): Record<string, string> =>
  Object.fromEntries(
    serverProperties(settings)
      .trimEnd()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

describe('the properties of a broker', () => {
  it('name one plain listener and the controller, on the loopback interface only', () => {
    expect(read(single)).toMatchObject({
      listeners: 'CONTROLLER://127.0.0.1:20001,PLAIN://127.0.0.1:20002',
      'advertised.listeners': 'PLAIN://127.0.0.1:20002',
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAIN:PLAINTEXT',
      'controller.quorum.voters': '1@127.0.0.1:20001',
    });
  });

  it('replicate as much as there are brokers, and need all but one of them', () => {
    const keys = ['offsets.topic.replication.factor', 'transaction.state.log.replication.factor', 'default.replication.factor'];
    for (const key of keys) expect([read(single)[key], read(three)[key]]).toEqual(['1', '3']);
    for (const key of ['min.insync.replicas', 'transaction.state.log.min.isr']) expect([read(single)[key], read(three)[key]]).toEqual(['1', '2']);
  });

  it('tell clients of the proxied listener the port of the proxy', () => {
    const properties = read({ ...single, proxied: { port: 20_003, advertisedPort: 20_099 } });
    expect(properties['listeners']).toContain('PROXIED://127.0.0.1:20003');
    expect(properties['advertised.listeners']).toContain('PROXIED://127.0.0.1:20099');
  });

  it('hold a certificate and users for the secured listener alone', () => {
    const properties = read({
      ...single,
      secured: { port: 20_004, protocol: 'SASL_SSL', keystore: { path: '/data/keystore.p12', password: 'k' }, user: { name: 'hookyard', password: 'p' } },
    });
    expect(properties['listener.security.protocol.map']).toBe('CONTROLLER:PLAINTEXT,PLAIN:PLAINTEXT,SECURED:SASL_SSL');
    expect(properties['listener.name.secured.sasl.enabled.mechanisms']).toBe('PLAIN,SCRAM-SHA-256,SCRAM-SHA-512');
    expect(properties['listener.name.secured.plain.sasl.jaas.config']).toMatch(/PlainLoginModule required user_hookyard="p";$/);
    expect(properties['listener.name.secured.ssl.keystore.location']).toBe('/data/keystore.p12');
  });

  it('cannot be written for a broker that the quorum does not know', () => {
    expect(() => serverProperties({ ...single, id: 4 })).toThrow('broker 4 is not among the voters');
  });
});
