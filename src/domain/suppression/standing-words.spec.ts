import type { Cooldown, Preference, Wish } from '../decision/facts';
import {
  PREFERENCE_MATTER,
  stand,
  unexpiredPreferences,
  unexpiredWishes,
  WISH_MATTER,
  withCooldown,
} from './standing-words';

const WISH: Wish = {
  id: 'w',
  scope: { kind: 'group' },
  channels: ['voice_ai', 'sms'],
  purposes: ['marketing', 'survey'],
  source: 'customer',
  recordedAt: 0,
};
const wish = (id: string, more: Partial<Wish> = {}): Wish => ({ ...WISH, id, ...more });
const preference = (id: string, more: Partial<Preference> = {}): Preference => ({
  id,
  recordedAt: 0,
  ...more,
});
const always = (): boolean => true;
const ids = (words: readonly { id: string }[]): string[] => words.map(({ id }) => id);

describe('a word that is said again', () => {
  it('stands for what was said before it', () => {
    const { words, setAside } = stand([wish('a'), wish('b')], wish('c'), WISH_MATTER, always);
    expect(ids(words)).toEqual(['c']);
    expect(setAside.map(({ word, by }) => [word.id, by.id])).toEqual([
      ['a', 'c'],
      ['b', 'c'],
    ]);
  });

  it.each<[string, Partial<Wish>]>([
    ['scope', { scope: { kind: 'line', id: 'cards' } }],
    ['channels', { channels: ['voice_ai'] }],
    ['channels of the same count', { channels: ['voice_ai', 'voice_human'] }],
    ['purposes', { purposes: ['marketing'] }],
    ['source', { source: 'officer' }],
    ['number', { number: 'aa' }],
  ])('stands beside what speaks of another %s', (_, more) => {
    expect(ids(stand([wish('a', more)], wish('b'), WISH_MATTER, always).words)).toEqual(['a', 'b']);
  });

  it('is the same in any order of what it speaks of, and another of another thing of a kind', () => {
    const other = wish('b', { channels: ['sms', 'voice_ai'], purposes: ['survey', 'marketing'] });
    expect(WISH_MATTER.same(wish('a'), other)).toBe(true);
    const line = (id: string): Wish => wish(id, { scope: { kind: 'line', id } });
    expect(WISH_MATTER.same(line('cards'), line('cards'))).toBe(true);
    expect(WISH_MATTER.same(line('cards'), line('loans'))).toBe(false);
  });

  it('stands for nothing that came with a list, nor for another person’s word', () => {
    const listed = (id: string): Wish => wish(id, { source: 'import' });
    expect(ids(stand([listed('a')], listed('b'), WISH_MATTER, always).words)).toEqual(['a', 'b']);
    expect(ids(stand([wish('a')], wish('b'), WISH_MATTER, () => false).words)).toEqual(['a', 'b']);
  });

  it('never ends what holds longer', () => {
    const short = stand([wish('a')], wish('b', { until: 9 }), WISH_MATTER, always);
    expect(ids(short.words)).toEqual(['a']);
    expect(short.setAside.map(({ word, by }) => [word.id, by.id])).toEqual([['b', 'a']]);
    expect(ids(stand([wish('a', { until: 9 })], wish('b'), WISH_MATTER, always).words)).toEqual(['b']);
  });

  it('is of a preference what it asks for, however long the pause', () => {
    const quiet = (id: string, quietUntil: number): Preference => preference(id, { quietUntil });
    expect(ids(stand([quiet('a', 5)], quiet('b', 9), PREFERENCE_MATTER, always).words)).toEqual(['b']);
    expect(ids(stand([quiet('a', 9)], quiet('b', 5), PREFERENCE_MATTER, always).words)).toEqual(['a']);
    const hours = (from: string) => [{ days: ['mon' as const], from, to: '20:00' }];
    for (const [one, other] of [
      [{ quietUntil: 9 }, {}],
      [{ noAiVoice: true }, {}],
      [{ noProfiling: true }, {}],
      [{ language: 'en' }, { language: 'de' }],
      [{ hours: hours('10:00') }, { hours: hours('11:00') }],
    ] as const) {
      const said = stand([preference('a', one)], preference('b', other), PREFERENCE_MATTER, always);
      expect(ids(said.words)).toEqual(['a', 'b']);
    }
    const same = { hours: hours('10:00'), noAiVoice: true };
    expect(
      ids(stand([preference('a', same)], preference('b', same), PREFERENCE_MATTER, always).words),
    ).toEqual(['b']);
  });
});

it('what has ended says nothing any more, but what was said with a pause', () => {
  expect(ids(unexpiredWishes([wish('a'), wish('b', { until: 5 }), wish('c', { until: 6 })], 5))).toEqual([
    'a',
    'c',
  ]);
  const spoken = preference('b', { quietUntil: 5, language: 'en' });
  const hours = preference('d', { quietUntil: 5, hours: [{ days: ['mon'], from: '10:00', to: '11:00' }] });
  const person = preference('e', { quietUntil: 5, noAiVoice: true });
  const profile = preference('f', { quietUntil: 5, noProfiling: true });
  const all = [
    preference('a', { quietUntil: 5 }),
    spoken,
    preference('c', { quietUntil: 6 }),
    hours,
    person,
    profile,
  ];
  expect(ids(unexpiredPreferences(all, 5))).toEqual(['b', 'c', 'd', 'e', 'f']);
});

describe('a cool-down', () => {
  const pause = (id: string, at: number, more: Partial<Cooldown> = {}): Cooldown => ({
    id,
    kind: 'not_interested',
    at,
    ...more,
  });
  it('that another outlasts is none', () => {
    expect(ids(withCooldown([pause('a', 1)], pause('b', 2), 3))).toEqual(['b']);
    expect(ids(withCooldown([pause('a', 2)], pause('b', 1), 3))).toEqual(['a']);
    expect(ids(withCooldown([pause('a', 1, { until: 9 })], pause('b', 2, { until: 8 }), 3))).toEqual(['a']);
    expect(ids(withCooldown([pause('a', 1, { until: 8 })], pause('b', 2, { until: 9 }), 3))).toEqual(['b']);
  });

  it('stands beside one of another kind and one to a named time, while that is to come', () => {
    const others = [pause('a', 1, { kind: 'refuse_now' }), pause('b', 1, { until: 9 })];
    expect(ids(withCooldown(others, pause('c', 2), 3))).toEqual(['a', 'b', 'c']);
    expect(ids(withCooldown(others, pause('c', 2), 9))).toEqual(['a', 'c']);
  });
});
