import { randomBytes } from 'node:crypto';
import { INSTALLATION_KEYS, type InstallationKey, Keyring } from './keyring';
import { openRecord, sealRecord, WRAPPED_KEY_BYTES } from './record-seal';
import { open, seal } from './sealing';

const KEY = randomBytes(32);
const PLAIN = Buffer.from('words', 'utf8');

describe('what is sealed', () => {
  it('opens with its key in its context, and in no other', () => {
    const sealed = seal(KEY, PLAIN, 'here');
    expect(open(KEY, sealed, 'here')).toEqual(PLAIN);
    expect(() => open(KEY, sealed, 'there')).toThrow();
    expect(() => open(randomBytes(32), sealed, 'here')).toThrow();
  });

  it('does not open with any byte changed or cut off', () => {
    const sealed = seal(KEY, PLAIN, 'here');
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8((sealed[at] ?? 0) ^ 1, at);
      expect(() => open(KEY, changed, 'here')).toThrow();
      expect(() => open(KEY, sealed.subarray(0, at), 'here')).toThrow();
    }
    expect(() => open(KEY, sealed.subarray(0, 27), 'here')).toThrow('cut short');
  });
});

describe('a record', () => {
  const recordOf = (id: string) => sealRecord(KEY, { id, type: 'wish.recorded.v1', at: 0 }, PLAIN);

  it('opens under its own id, and under no other', () => {
    const { sealed, wrappedKey } = recordOf('a');
    expect(wrappedKey).toHaveLength(WRAPPED_KEY_BYTES);
    expect(openRecord(KEY, { id: 'a', sealed, wrappedKey })).toEqual(PLAIN);
    expect(() => openRecord(KEY, { id: 'b', sealed, wrappedKey })).toThrow();
  });

  it('does not open with the keys of another one', () => {
    const { sealed } = recordOf('a');
    expect(() => openRecord(KEY, { id: 'a', sealed, wrappedKey: recordOf('b').wrappedKey })).toThrow();
  });
});

describe('a keyring', () => {
  const same = randomBytes(32);
  const keys = Object.fromEntries(INSTALLATION_KEYS.map((id) => [id, same]));
  const keyring = new Keyring(same, keys as Record<InstallationKey, Buffer>);

  it('takes no value of one column for one of another, even under one key', () => {
    const number = keyring.sealIdentifier('+8613800138000');
    const wrapped = keyring.newSubjectKey();
    expect(keyring.openIdentifier(number)).toBe('+8613800138000');
    expect(keyring.openSubjectKey(wrapped)).toHaveLength(32);
    expect(() => keyring.openSubjectKey(number)).toThrow();
    expect(() => keyring.openIdentifier(wrapped)).toThrow();
  });
});
