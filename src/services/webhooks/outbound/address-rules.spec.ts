import fc from 'fast-check';
import { AddressRules } from './address-rules';

const rules = new AddressRules();

describe('addresses that events may be sent to', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '223.255.255.255',
  ])('takes the public %s', (address) => expect(rules.allow(address)).toBe(true));

  it.each(['2606:4700::1111', '2a00:1450:4001:830::200e', '2400:3200::1', '3ffe::1'])(
    'takes the public %s',
    (address) => expect(rules.allow(address)).toBe(true),
  );

  it.each([
    ['this network', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['carrier-grade NAT', '100.127.255.255'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['link-local and cloud metadata', '169.254.169.254'],
    ['protocol assignments', '192.0.0.8'],
    ['documentation', '192.0.2.1'],
    ['documentation', '198.51.100.7'],
    ['documentation', '203.0.113.9'],
    ['benchmarks', '198.19.0.1'],
    ['6to4 relays', '192.88.99.1'],
    ['multicast', '224.0.0.251'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['IPv4-compatible', '::7f00:1'],
    ['IPv4-mapped', '::ffff:127.0.0.1'],
    ['IPv4-mapped, public inside', '::ffff:1.1.1.1'],
    ['IPv4-mapped in hexadecimal', '::ffff:a00:1'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['NAT64, public inside', '64:ff9b::808:808'],
    ['local NAT64', '64:ff9b:1::a00:1'],
    ['discard', '100::1'],
    ['unique local', 'fc00::1'],
    ['unique local', 'fd12:3456:789a::1'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['6to4 of a private address', '2002:a00:1::1'],
    ['segment routing', '5f00::1'],
    ['a public address with a zone', '2606:4700::1111%eth0'],
    ['a name', 'localhost'],
    ['a short notation', '127.1'],
    ['an octal notation', '0177.0.0.1'],
    ['a number', '2130706433'],
    ['nothing', ''],
  ])('refuses %s: %s', (_, address) => expect(rules.allow(address)).toBe(false));

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.ipV6(), fc.ipV4()),
        (text) => typeof rules.allow(text) === 'boolean',
      ),
    );
  });

  it('finds the private address in every IPv6 form that holds it', () => {
    fc.assert(
      fc.property(fc.nat(0xff_ffff), (low) => {
        const hex = `${(0x0a00 + (low >>> 16)).toString(16)}:${(low & 0xffff).toString(16)}`;
        return ['::', '::ffff:', '::ffff:0:', '64:ff9b::', '64:ff9b:1::'].every(
          (prefix) => !rules.allow(prefix + hex),
        );
      }),
    );
  });
});

describe('networks that the operator names', () => {
  const named = new AddressRules(['10.20.0.0/16', 'fd00:1::/32', '127.0.0.1/32', '169.254.0.0/16', '::/0']);

  it('are open, and nothing beside them', () => {
    expect(['10.20.3.4', 'fd00:1::9', '127.0.0.1', '1.1.1.1'].map((address) => named.allow(address))).toEqual(
      [true, true, true, true],
    );
    expect(['10.21.0.1', '127.0.0.2', '192.168.0.1'].map((address) => named.allow(address))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('open no metadata service, no multicast and no other writing of IPv4', () => {
    for (const address of ['169.254.169.254', 'fe80::1', 'ff02::1', '::', '::ffff:10.20.3.4', '64:ff9b::1']) {
      expect([address, named.allow(address)]).toEqual([address, false]);
    }
  });
});
