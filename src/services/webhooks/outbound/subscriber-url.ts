import { isIP } from 'node:net';
import type { AddressRules } from './address-rules';

const LONGEST = 2_048;

/** Why a URL cannot be a subscriber's. */
export interface UrlFault {
  code: 'FORMAT' | 'SCHEME' | 'CREDENTIALS' | 'FRAGMENT' | 'PORT' | 'ADDRESS';
  detail: string;
}

export type UrlVerdict = { url: URL } | { fault: UrlFault };

/** What may be sent to, as far as the text tells. What its name stands for is found out at each connection. */
export interface UrlRules {
  addresses: Pick<AddressRules, 'allow'>;
  ports: readonly number[];
}

/**
 * Reads a URL as a connection to it would: the WHATWG parser has by then brought every notation of an IPv4 address
 * (`0x7f.1`, `2130706433`, `１２７。0。0。1`) into the usual one.
 */
export function readSubscriberUrl(text: string, { addresses, ports }: UrlRules): UrlVerdict {
  if (text.length > LONGEST || !URL.canParse(text)) return fault('FORMAT', 'Must be an absolute https URL.');
  const url = new URL(text);
  if (url.protocol !== 'https:') return fault('SCHEME', 'Must be an https URL.');
  if (url.username !== '' || url.password !== '') {
    return fault('CREDENTIALS', 'Holds a user or a password: the signature is what a subscriber checks.');
  }
  if (url.hash !== '') return fault('FRAGMENT', 'Holds a fragment, which is never sent.');
  if (url.port !== '' && !ports.includes(Number(url.port))) {
    return fault('PORT', `Only these ports are called: 443, ${ports.join(', ')}.`);
  }
  const literal = literalOf(url);
  if (literal !== undefined && !addresses.allow(literal)) return fault('ADDRESS', NOT_PUBLIC);
  return { url };
}

export const NOT_PUBLIC = 'Is at an address that is not public: events are not sent there.';

/** The address, where a URL names one instead of a host. */
export function literalOf(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? undefined : host;
}

function fault(code: UrlFault['code'], detail: string): UrlVerdict {
  return { fault: { code, detail } };
}
