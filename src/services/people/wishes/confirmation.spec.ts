import type { WishScope } from '../../../domain/decision/facts';
import { CHANNELS, type Channel } from '../../../domain/decision/purpose';
import { confirmationOf } from './confirmation';

const group: WishScope = { kind: 'group' };
const all = { scope: group, channels: [...CHANNELS] };

describe('a confirmation', () => {
  it.each([
    [{ country: 'CN' }, '您的要求已登记'],
    [{ country: 'HK' }, '你的要求已登記'],
    [{ country: 'TW' }, '您的要求已登記'],
    [{ country: 'MX' }, 'Su petición'],
    [{ country: 'US' }, 'Your request'],
    [{}, 'Your request'],
    [{ language: 'zh', country: 'US' }, '您的要求已登记'],
    [{ language: 'zh-Hant-TW' }, '您的要求已登記'],
    [{ language: 'zh-Hant-HK' }, '你的要求已登記'],
    [{ language: 'yue' }, '你的要求已登記'],
    [{ language: 'es-MX' }, 'Su petición'],
    [{ language: 'de', country: 'CN' }, '您的要求已登记'],
    [{ language: 'EN-gb', country: 'CN' }, 'Your request'],
  ])('speaks to %j', (person, start) => {
    expect(confirmationOf(all, person).startsWith(start)).toBe(true);
  });

  const language = { language: 'en' };
  it.each<[WishScope, Channel[], string]>([
    [group, ['voice_ai', 'voice_human', 'sms'], 'call you or send you messages for this purpose again'],
    [group, ['voice_ai'], 'not call you for this purpose again'],
    [group, ['sms'], 'not send you messages for this purpose again'],
    [{ kind: 'line', id: 'cards' }, ['voice_human'], 'not call you for this purpose about this matter again'],
  ])('promises what was recorded and no more: %j %j', (scope, channels, words) => {
    expect(confirmationOf({ scope, channels }, language)).toContain(words);
  });

  it('is a statement: it asks nothing', () => {
    for (const country of ['CN', 'HK', 'TW', 'ES', 'GB']) {
      expect(confirmationOf(all, { country })).not.toMatch(/[?？吗嗎¿]/);
    }
  });

  it('never promises a later day than the wish ends on, wherever that is', () => {
    const endOf = (until: string): string =>
      confirmationOf({ ...all, until: Date.parse(until) }, language).slice(-27);
    expect(endOf('2026-12-01T13:00:00Z')).toContain('It holds until 2026-12-01.');
    // Half past eleven in the evening of 30 November on Hawaii.
    expect(endOf('2026-12-01T09:30:00Z')).toContain('It holds until 2026-11-30.');
  });
});
