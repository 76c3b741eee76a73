import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a signed request carries: `sha256=<hex HMAC-SHA256(secret, timestamp + "." + raw body)>` (API.md). */
export function bodySignature(secret: string, timestamp: string, body: Buffer): string {
  const mac = createHmac('sha256', secret).update(`${timestamp}.`, 'utf8').update(body);
  return `sha256=${mac.digest('hex')}`;
}

/**
 * Twilio's signature of a form: HMAC-SHA1 over the URL as Twilio was given it, then each parameter's name and value in
 * the order of the names, a repeated one with its different values in order
 * (twilio.com/docs/usage/security#validating-requests; read in its package 6.2.0).
 */
export function twilioSignature(authToken: string, url: string, form: URLSearchParams): string {
  // Grouped in one pass: whoever sends a form has proved nothing yet, so its cost must not grow faster than its size.
  const values = new Map<string, Set<string>>();
  for (const [name, value] of form) {
    const known = values.get(name);
    if (known === undefined) values.set(name, new Set([value]));
    else known.add(value);
  }
  const mac = createHmac('sha1', authToken).update(url, 'utf8');
  for (const name of [...values.keys()].sort()) {
    for (const value of [...(values.get(name) ?? [])].sort()) mac.update(name + value, 'utf8');
  }
  return mac.digest('base64');
}

/** Takes the same time wherever the two differ; the length of a signature is no secret. */
export function sameSignature(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given, 'utf8'), Buffer.from(expected, 'utf8')];
  return a.length === b.length && timingSafeEqual(a, b);
}
