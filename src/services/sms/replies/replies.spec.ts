import { addresseeOf, helpReply, hintOf, optedInReply } from './replies';

const LANGUAGES = ['zh-CN', 'zh-HK', 'zh-TW', 'es', 'en'];
const sender = { name: '示例银行', contact: '95588' };

describe('a reply', () => {
  it.each(LANGUAGES)('is short, asks nothing and sells nothing: %s', (language) => {
    for (const text of [optedInReply({ language }), helpReply({ language }, sender)]) {
      expect(text.length).toBeLessThanOrEqual(language.startsWith('zh') ? 70 : 160);
      expect(text).not.toMatch(/[?？]|https?:|优惠|優惠|offer|oferta/i);
      expect(text).toMatch(/TD|STOP|BAJA/);
    }
  });

  it.each(LANGUAGES)('to a question for help names the sender and a contact point: %s', (language) => {
    const text = helpReply({ language }, sender);
    expect(text).toContain(sender.name);
    expect(text).toContain(sender.contact);
  });

  it.each(LANGUAGES)('to START says that it is no consent: %s', (language) => {
    expect(optedInReply({ language })).toMatch(/不等于同意|不等於同意|no es un consentimiento|no consent/);
  });

  it.each([
    ['TD', {}],
    [' t d。', {}],
    ['123', {}],
    ['', {}],
    ['STOP', { language: 'xx' }],
    ['停', { language: 'xx' }],
  ])('takes no language from %j where there is none in it', (text, language) => {
    expect(addresseeOf({ text, country: 'CN' }, 'xx')).toEqual({ ...language, country: 'CN' });
  });

  it('hints at a language where the country has one that we speak', () => {
    expect(hintOf('HK')).toEqual({ country: 'HK', language: 'zh-HK' });
    expect(hintOf('DE')).toEqual({ country: 'DE' });
  });
});
