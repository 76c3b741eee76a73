import fc from 'fast-check';
import {
  LONGEST_LABEL,
  MEANINGS,
  meaningsOf,
  plainLabel,
  type ResultsMapping,
  speakerNamed,
} from './mapping';

const MAPPING: ResultsMapping = {
  sessionId: '/s',
  dialogue: { lines: '/l', text: '/t', speaker: { at: '/r', customer: ['user', 'Ｕ'], agent: ['bot', 'U'] } },
  labels: { tag: { Ａ: 'none', A: ['refuse_now', 'none'], b: 'busy' } },
};

describe('the words of a mapping', () => {
  it('are one where they are written alike, and all that is said of them holds', () => {
    expect(meaningsOf(MAPPING, 'tag', ' Ａ ')).toEqual(['none', 'refuse_now']);
    expect(meaningsOf(MAPPING, 'tag', 'b')).toEqual(['busy']);
    expect(meaningsOf(MAPPING, 'tag', 'a')).toBeUndefined();
    expect(meaningsOf(MAPPING, 'grade', 'b')).toBeUndefined();
    expect(meaningsOf(MAPPING, 'tag', 'toString')).toBeUndefined();
  });

  it('name a speaker, the customer first', () => {
    expect(['user', 'u', 'U', 'bot', ''].map((word) => speakerNamed(MAPPING, word))).toEqual([
      'customer',
      undefined,
      'customer',
      'agent',
      undefined,
    ]);
    expect(speakerNamed({ sessionId: '/s', labels: {} }, 'user')).toBeUndefined();
  });

  it('are found whatever they are, and never by the beginning of a longer one', () => {
    const label = fc.string({ minLength: 1, maxLength: LONGEST_LABEL });
    fc.assert(
      fc.property(label, fc.constantFrom(...MEANINGS), (word, meaning) => {
        fc.pre(word !== '__proto__');
        const mapping = { sessionId: '/s', labels: { tag: { [word]: meaning } } };
        expect(meaningsOf(mapping, 'tag', word)).toEqual([meaning]);
        const longer = `${word}${' '.repeat(LONGEST_LABEL)}x`;
        expect(meaningsOf(mapping, 'tag', longer)).toBeUndefined();
        expect(plainLabel(longer).length).toBeLessThanOrEqual(LONGEST_LABEL * 20);
      }),
    );
  });
});
