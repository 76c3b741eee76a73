import { consentConfirmation } from './confirmation';

const LANGUAGES = ['zh-CN', 'zh-HK', 'zh-TW', 'es', 'en'] as const;
const whole = { kind: 'withdrawn' as const, isWhole: true, neverAgain: false };

describe('what is read out when consent is taken back', () => {
  it('is a statement in every language: it asks nothing and offers nothing', () => {
    for (const language of LANGUAGES) {
      for (const word of [whole, { ...whole, isWhole: false }, { ...whole, kind: 'refused' as const }]) {
        const sentence = consentConfirmation(word, language);
        expect(sentence).not.toMatch(/[?？吗嗎¿]/);
        expect(sentence.endsWith('.') || sentence.endsWith('。')).toBe(true);
      }
    }
  });

  it('promises no more than was recorded', () => {
    expect(consentConfirmation(whole, 'en')).toContain('Your consent is withdrawn');
    const inPart = 'The part of your consent that you named';
    expect(consentConfirmation({ ...whole, isWhole: false }, 'en')).toContain(inPart);
    expect(consentConfirmation({ ...whole, scope: { kind: 'line', id: 'cards' } }, 'en')).toContain(inPart);
  });

  it('says that nobody asks again only where that is so', () => {
    const refused = { ...whole, kind: 'refused' as const };
    expect(consentConfirmation(refused, 'en')).toBe('Your answer is recorded: you do not consent.');
    expect(consentConfirmation({ ...refused, neverAgain: true }, 'en')).toContain('not ask you for it again');
  });
});
