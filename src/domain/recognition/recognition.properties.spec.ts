import fc from 'fast-check';
import { recogniseSms } from './recognise-sms';
import { recogniseSpeech } from './recognise-speech';
import { MOST_CHARACTERS } from './text/fold';

const stops = (text: string): boolean => ['opt_out', 'wrong_person'].includes(recogniseSms(text).label);

const KEYWORDS = [
  'STOP',
  'unsubscribe',
  'cancel',
  '退订',
  '取消',
  '拒收',
  'TD',
  'R',
  'BAJA',
  'arrêt',
  'Abmeldung',
  '停止',
  '수신거부',
];
const INNOCENT = [
  '我的贷款什么时候放款',
  'when does the branch open',
  '积分能换什么',
  'cuánto es el interés',
  '卡片寄到了吗',
];
const FORWARDS: readonly ((text: string) => string)[] = [
  (text) => `Fwd: ${text}`,
  (text) => `转发：${text}`,
  (text) => `【云杉银行】新品上线，拒收请回复R //${text}`,
  (text) => `FW: "Spring CD special. Opt out: reply END" ${text}`,
  (text) => `“退订回T” ${text}`,
  (text) => `"${text}"`,
  (text) => `「拒收請回R」${text}`,
];

/** Every letter and digit at its full-width place. */
const fullWidth = (text: string): string =>
  text.replace(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0));

describe('whatever is said', () => {
  it('is answered', () => {
    const speakable = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 120 }),
      fc.string({ unit: 'grapheme', maxLength: 120 }),
    );
    fc.assert(
      fc.property(speakable, (text) => {
        expect(typeof recogniseSms(text).label).toBe('string');
        expect(typeof recogniseSpeech(text).label).toBe('string');
      }),
    );
  });

  it('leaves a bare keyword a keyword', () => {
    const around = fc.constantFrom('', ' ', '  ', '\n', '。', '!', '!!', '.', '…', '~', '，', '？');
    const spell = fc.constantFrom(
      (text: string) => text,
      (text: string) => text.toUpperCase(),
      (text: string) => text.toLowerCase(),
      fullWidth,
    );
    fc.assert(
      fc.property(fc.constantFrom(...KEYWORDS), spell, around, around, (keyword, spelled, before, after) => {
        expect(recogniseSms(`${before}${spelled(keyword)}${after}`).label).toBe('opt_out');
      }),
    );
  });

  it('never becomes an opt-out by being quoted or forwarded', () => {
    fc.assert(
      fc.property(fc.constantFrom(...INNOCENT), fc.constantFrom(...FORWARDS), (text, forward) => {
        expect(stops(forward(text))).toBe(false);
      }),
    );
  });
});

describe('hostile texts', () => {
  const MADE_OF = ['别', '别打', 'stop ', '"', '【', '<b', 'no no ', '退', 'な', '지', '再', 'so i '];
  const millisecondsOf = (text: string): number => {
    const runs = [0, 1].map(() => {
      const start = performance.now();
      recogniseSms(text);
      recogniseSpeech(text);
      return performance.now() - start;
    });
    return Math.min(...runs);
  };

  // Time proportional to length would be eightfold; what backtracks would be 64 times as slow or worse.
  it.each(MADE_OF)('of %j take time in proportion', (unit) => {
    const short = unit.repeat(Math.ceil(1_024 / unit.length)).slice(0, 1_024);
    const long = unit.repeat(MOST_CHARACTERS).slice(0, MOST_CHARACTERS);
    millisecondsOf(short);
    expect(millisecondsOf(long)).toBeLessThan(24 * Math.max(millisecondsOf(short), 2));
  });

  it('are not read beyond the bound', () => {
    expect(recogniseSms(`${'哈'.repeat(MOST_CHARACTERS)}，退订`).label).toBe('other');
  });
});
