import { isLifeAtRisk } from './life-at-risk';

describe('danger to life', () => {
  it.each([
    '我真的活不下去了',
    '我唔想活啦',
    '我想輕生',
    'I just want to die',
    "honestly I can't go on",
    'ya no quiero vivir',
    'Ich will mich umbringen',
    'je veux mettre fin à mes jours',
    '死にたい',
    '죽고 싶어요',
  ])('is heard in %p', (text) => {
    expect(isLifeAtRisk(text)).toBe(true);
  });

  it.each(['我妈妈昨天去世了', 'my husband passed away', 'estoy en el hospital', ''])(
    'is not heard in %p',
    (text) => {
      expect(isLifeAtRisk(text)).toBe(false);
    },
  );
});
