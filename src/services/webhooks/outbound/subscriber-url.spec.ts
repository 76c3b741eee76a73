import { AddressRules } from './address-rules';
import { literalOf, readSubscriberUrl } from './subscriber-url';

const rules = { addresses: new AddressRules(), ports: [8443] };
const codeOf = (text: string): string | undefined => {
  const verdict = readSubscriberUrl(text, rules);
  return 'fault' in verdict ? verdict.fault.code : undefined;
};

describe("a subscriber's URL", () => {
  it.each([
    'https://crm.example.com/hooks?token=abc',
    'https://crm.example.com:443/',
    'https://crm.example.com:8443/hooks',
    'https://1.1.1.1/',
    'https://[2606:4700::1111]/',
    'https://例子.测试/',
  ])('may be %s', (text) => expect(codeOf(text)).toBeUndefined());

  it.each([
    ['FORMAT', 'crm.example.com/hooks'],
    ['FORMAT', 'https://'],
    ['FORMAT', `https://crm.example.com/${'a'.repeat(2_048)}`],
    ['FORMAT', 'https://[fe80::1%25eth0]/'],
    ['SCHEME', 'http://crm.example.com/'],
    ['SCHEME', 'ftp://crm.example.com/'],
    ['SCHEME', 'file:///etc/passwd'],
    ['CREDENTIALS', 'https://user:secret@crm.example.com/'],
    ['CREDENTIALS', 'https://user@crm.example.com/'],
    ['FRAGMENT', 'https://crm.example.com/#part'],
    ['PORT', 'https://crm.example.com:22/'],
    ['PORT', 'https://crm.example.com:5432/'],
    ['PORT', 'https://crm.example.com:80/'],
    ['ADDRESS', 'https://127.0.0.1/'],
    ['ADDRESS', 'https://127.1/'],
    ['ADDRESS', 'https://0x7f.0.0.1/'],
    ['ADDRESS', 'https://0177.0.0.1/'],
    ['ADDRESS', 'https://2130706433/'],
    ['ADDRESS', 'https://017700000001/'],
    ['ADDRESS', 'https://0x7f000001/'],
    ['ADDRESS', 'https://127.0.0.1./'],
    ['ADDRESS', 'https://１２７.0.0.1/'],
    ['ADDRESS', 'https://127。0。0。1/'],
    ['ADDRESS', 'https://%31%32%37.0.0.1/'],
    ['ADDRESS', 'https://169.254.169.254/latest/meta-data'],
    ['ADDRESS', 'https://0/'],
    ['ADDRESS', 'https://[::1]/'],
    ['ADDRESS', 'https://[::]/'],
    ['ADDRESS', 'https://[::ffff:127.0.0.1]/'],
    ['ADDRESS', 'https://[::ffff:7f00:1]/'],
    ['ADDRESS', 'https://[64:ff9b::7f00:1]/'],
    ['ADDRESS', 'https://[fd00::1]/'],
  ])('is refused with %s: %s', (code, text) => expect(codeOf(text)).toBe(code));

  it('names an address only where it is one', () => {
    expect(literalOf(new URL('https://crm.example.com/'))).toBeUndefined();
    expect(literalOf(new URL('https://[2606:4700::1111]:8443/'))).toBe('2606:4700::1111');
  });
});
