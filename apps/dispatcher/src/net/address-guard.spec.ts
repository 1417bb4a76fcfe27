import { addressGuard } from './address-guard.ts';
import { parseNetwork } from './special-ranges.ts';

const closed = addressGuard([]);

describe('the address guard, with nothing allowed', () => {
  it.each([
    ['0.0.0.0', 'this network'],
    ['10.1.2.3', 'private'],
    ['100.64.0.1', 'shared (carrier-grade NAT)'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['169.254.169.254', 'link-local (cloud metadata)'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.0.0.8', 'IETF protocol assignments'],
    ['192.0.0.170', 'IETF protocol assignments'],
    ['192.0.2.1', 'documentation'],
    ['192.31.196.1', 'AS112'],
    ['192.52.193.1', 'AMT'],
    ['192.88.99.1', '6to4 relay'],
    ['192.168.0.1', 'private'],
    ['192.175.48.1', 'AS112'],
    ['198.18.0.1', 'benchmarking'],
    ['198.19.255.255', 'benchmarking'],
    ['198.51.100.7', 'documentation'],
    ['203.0.113.9', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['64:ff9b:1::1', 'local NAT64'],
    ['100::1', 'discard-only'],
    ['100:0:0:1::1', 'dummy prefix'],
    ['2001:2::1', 'IETF protocol assignments'],
    ['2001:20::1', 'IETF protocol assignments'],
    ['2001:db8::1', 'documentation'],
    ['2620:4f:8000::1', 'AS112'],
    ['3fff::1', 'documentation'],
    ['5f00::1', 'segment routing'],
    ['fc00::1', 'unique local'],
    ['fdff::1', 'unique local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['fec0::1', 'site-local'],
    ['ff02::1', 'multicast'],
    ['4000::1', 'unallocated'],
    ['e000::1', 'unallocated'],
  ])('denies %s (%s)', (address, reason) => {
    expect(closed.denial(address)).toBe(reason);
  });

  it.each([
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::ffff:a9fe:a9fe', 'link-local (cloud metadata)'],
    ['::127.0.0.1', 'loopback'],
    ['::8.8.8.8', 'IPv4-compatible'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b::8.8.8.8', 'NAT64'],
    ['2002:7f00:1::', 'loopback'],
    ['2002:808:808::1', '6to4'],
    // Teredo carries the client's address with every bit turned over: 10.0.0.1 is f5ff:fffe.
    ['2001::f5ff:fffe', 'private'],
    ['2001:0:4136:e378:8000:63bf:f7f7:f7f7', 'Teredo'],
  ])('looks through the form %s (%s)', (address, reason) => {
    expect(closed.denial(address)).toBe(reason);
  });

  it.each(['8.8.8.8', '1.1.1.1', '93.184.215.14', '172.15.255.255', '172.32.0.1', '2606:4700:4700::1111', '2a00:1450:4001::1', '::ffff:8.8.8.8'])(
    'lets %s through',
    (address) => {
      expect(closed.denial(address)).toBeNull();
    },
  );

  it.each(['localhost', '', 'example.com', '1.2.3.4.5'])('denies "%s", which is no address', (text) => {
    expect(closed.denial(text)).toBe('no IP address');
  });
});

describe('the address guard, with networks allowed', () => {
  const open = addressGuard(['127.0.0.0/8', '::1', '64:ff9b::/96'].map(parseNetwork));

  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '64:ff9b::8.8.8.8'])('lets %s through', (address) => {
    expect(open.denial(address)).toBeNull();
  });

  it.each(['10.0.0.1', '::2', '64:ff9b::10.0.0.1', 'fe80::1', '2002:7f00:1::'])('still denies %s', (address) => {
    expect(open.denial(address)).not.toBeNull();
  });

  it.each(['300.0.0.0/8', 'localhost', '10.0.0.0/33', ''])('refuses "%s" as a network', (text) => {
    expect(() => parseNetwork(text)).toThrow();
  });
});
