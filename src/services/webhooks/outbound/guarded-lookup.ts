import { promises as dns } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { AddressRules } from './address-rules';

export interface ResolvedAddress {
  address: string;
  family: 4 | 6;
}

/** All addresses of a name; rejects, or gives none, where it has none. */
export type ResolveName = (hostname: string) => Promise<readonly ResolvedAddress[]>;

const TRY_MS = 2_000;
const TRIES = 2;

/**
 * Asks the name servers directly, those of the system unless others are named. The system's own way takes one of four
 * threads of the process for as long as a server is silent, so that one subscriber's dead name would hold up all
 * others. It reads no hosts file.
 */
export function nameResolver(servers?: readonly string[]): ResolveName {
  return async (hostname) => {
    const resolver = new dns.Resolver({ timeout: TRY_MS, tries: TRIES });
    if (servers !== undefined) resolver.setServers(servers);
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    // A name of one family only has no records of the other.
    if (v4.status === 'rejected' && v6.status === 'rejected') throw v4.reason;
    return [...addressesOf(v4, 4), ...addressesOf(v6, 6)];
  };
}

function addressesOf(found: PromiseSettledResult<string[]>, family: 4 | 6): ResolvedAddress[] {
  return found.status === 'fulfilled' ? found.value.map((address) => ({ address, family })) : [];
}

/** The name stands, also or only, for an address that events may not be sent to. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  readonly code = 'ADDRESS_REFUSED';

  constructor() {
    super('An address of the subscriber is not public.');
  }
}

export class NameUnknownError extends Error {
  override readonly name = 'NameUnknownError';
  readonly code = 'NAME_UNKNOWN';

  constructor(cause: unknown) {
    super('The name of the subscriber has no address.', { cause });
  }
}

/**
 * The addresses of a name where each of them may be sent to: one that is not public refuses them all, because whoever
 * owns the name chooses which is tried.
 * @throws AddressRefusedError @throws NameUnknownError
 */
export async function allowedAddresses(
  hostname: string,
  resolve: ResolveName,
  rules: Pick<AddressRules, 'allow'>,
): Promise<readonly ResolvedAddress[]> {
  let found: readonly ResolvedAddress[];
  try {
    found = await resolve(hostname);
  } catch (error) {
    throw new NameUnknownError(error);
  }
  if (found.length === 0) throw new NameUnknownError(undefined);
  if (!found.every(({ address }) => rules.allow(address))) throw new AddressRefusedError();
  return found;
}

/**
 * The lookup of the socket itself: the addresses that were checked are the ones that are connected to, and no name is
 * asked for a second time in between (DNS rebinding).
 */
export function guardedLookup(resolve: ResolveName, rules: Pick<AddressRules, 'allow'>): LookupFunction {
  return (hostname, options, callback) => {
    allowedAddresses(hostname, resolve, rules).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all === true) callback(null, [...addresses]);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: Error) => callback(error, '', 4),
    );
  };
}
