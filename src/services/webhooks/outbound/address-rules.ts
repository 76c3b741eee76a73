import { BlockList, isIP } from 'node:net';

/** IANA's registry of IPv4 special-purpose addresses (RFC 6890, read 2026-11-20), multicast and what is reserved. */
const NOT_PUBLIC_V4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/**
 * Only global unicast is public at all. That leaves out loopback, link-local, unique local and multicast, and every
 * way of writing an IPv4 address into an IPv6 one (mapped, compatible, NAT64 of RFC 6052 and RFC 8215) but these.
 */
const GLOBAL_UNICAST_V6: [string, number] = ['2000::', 3];
/** Protocol assignments with Teredo (RFC 4380), 6to4 (RFC 3056), documentation (RFC 3849, RFC 9637). */
const NOT_PUBLIC_V6: readonly [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/** No operator can open these: metadata services of clouds, whole networks at once, and no address at all. */
const NEVER_V4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['100.100.100.200', 32],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
const NEVER_V6: readonly [string, number][] = [
  ['::', 128],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['fd00:ec2::254', 128],
  ['fe80::', 10],
  ['ff00::', 8],
];

/** One list for each family: in a common one a rule for mapped addresses would bind every IPv4 address, too. */
class Networks {
  private readonly lists = { ipv4: new BlockList(), ipv6: new BlockList() };

  constructor(networks: readonly (readonly [string, number])[]) {
    for (const [address, prefix] of networks) {
      const family = familyOf(address);
      this.lists[family].addSubnet(address, prefix, family);
    }
  }

  hold(address: string): boolean {
    const family = familyOf(address);
    return this.lists[family].check(address, family);
  }
}

const notPublic = new Networks([...NOT_PUBLIC_V4, ...NOT_PUBLIC_V6]);
const unicast = new Networks([['0.0.0.0', 0], GLOBAL_UNICAST_V6]);
const never = new Networks([...NEVER_V4, ...NEVER_V6]);

/** To which addresses events may be sent: public ones, and networks that the operator has named. */
export class AddressRules {
  private readonly named: Networks;

  /** @param networks in CIDR notation, as `loadConfig` has checked them. */
  constructor(networks: readonly string[] = []) {
    this.named = new Networks(
      networks.map((network): [string, number] => {
        const [address = '', prefix] = network.split('/');
        return [address, Number(prefix)];
      }),
    );
  }

  /** False for what is no address, too. A zone names an interface of ours, which nobody outside may choose. */
  allow(address: string): boolean {
    if (isIP(address) === 0 || address.includes('%') || never.hold(address)) return false;
    const isPublic = unicast.hold(address) && !notPublic.hold(address);
    return isPublic || this.named.hold(address);
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
