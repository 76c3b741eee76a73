import { createHmac } from 'node:crypto';
import { getExpectedTwilioSignature } from 'twilio';
import { twilioSignature } from './signatures';

const URL_GIVEN = 'https://gate.example.com/v1/sms/inbound/twilio';
const TOKEN = 'token';

describe('the signature of a form', () => {
  it('is what the official package makes of it, a repeated name included', () => {
    const form = new URLSearchParams();
    const values = { b: ['2', '1', '2'], a: [''], B: ['é & <'], 'a b': ['x'] };
    for (const [name, all] of Object.entries(values)) for (const value of all) form.append(name, value);
    expect(twilioSignature(TOKEN, URL_GIVEN, form)).toBe(
      getExpectedTwilioSignature(TOKEN, URL_GIVEN, values),
    );
  });

  it('costs nothing like the square of the count of its names', () => {
    const names = Array.from({ length: 16_000 }, (_, index) => index.toString(36));
    const many = new URLSearchParams(names.map((name): [string, string] => [name, '']));
    const one = new URLSearchParams({ a: names.join('') });
    const least = (form: URLSearchParams): number =>
      Math.min(
        ...[1, 2, 3].map(() => {
          const since = performance.now();
          twilioSignature(TOKEN, URL_GIVEN, form);
          return performance.now() - since;
        }),
      );
    // Sorting costs something, looking through all names for each of them costs thousands of times as much.
    const signed = createHmac('sha1', TOKEN)
      .update(URL_GIVEN + [...names].sort().join(''))
      .digest('base64');
    expect(twilioSignature(TOKEN, URL_GIVEN, many)).toBe(signed);
    expect(least(many)).toBeLessThan(200 + 100 * least(one));
  });
});
