import type { KnownCall } from '../decision/checks/check';
import type { Wish } from '../decision/facts';
import { PURPOSES } from '../decision/purpose';
import { covers } from './wishes';
import { WRONG_PERSON_PURPOSES } from './wrong-person';

const WISH: Wish = {
  id: 'w-1',
  scope: { kind: 'group' },
  channels: ['voice_ai'],
  purposes: ['marketing'],
  source: 'wrong_person',
  recordedAt: 0,
};
const call = (numberTag?: string): KnownCall =>
  ({
    ask: { voice: 'ai', ...(numberTag === undefined ? {} : { numberTag }) },
    campaign: { purpose: 'marketing' },
  }) as unknown as KnownCall;

describe('a wish that speaks of one number', () => {
  it('binds calls to that number, and to no other of the person', () => {
    expect(covers({ ...WISH, number: 'aa' }, call('aa'))).toBe(true);
    expect(covers({ ...WISH, number: 'aa' }, call('bb'))).toBe(false);
  });

  it('binds where nobody says which number is asked for', () => {
    expect(covers({ ...WISH, number: 'aa' }, call())).toBe(true);
  });

  it('is not made of one that speaks of the person', () => {
    expect(covers(WISH, call('bb'))).toBe(true);
  });
});

it('nothing but danger is said to a stranger', () => {
  expect(PURPOSES.filter((purpose) => !WRONG_PERSON_PURPOSES.includes(purpose))).toEqual(['emergency']);
});
