import { fold } from './fold';
import { ownWords } from './own-words';

const of = (text: string, length: number): string =>
  text.repeat(Math.ceil(length / text.length)).slice(0, length);

/** The best of several, because others use the machine as well. */
function timeOf(text: string): number {
  const times = Array.from({ length: 7 }, () => {
    const since = performance.now();
    ownWords(text);
    return performance.now() - since;
  });
  return Math.min(...times);
}

describe('own words', () => {
  it.each([
    ['Stop\n\n\nSent from my iPhone', 'stop'],
    ['Stop \n  \n-- Jane', 'stop'],
    ['stop — — sent from a phone', 'stop —'],
    ['停止———发自我的手机', '停止'],
    ['Fwd: 拒收请回复R\n\n\n停止', '停止'],
    ['re: see //shop.example/a stop', ' see //shop.example/a stop'],
    ['re: see //mine: stop', 'mine: stop'],
  ])('of %j are %j', (text, own) => {
    expect(ownWords(fold(text))).toBe(own);
  });

  // Sixteen times the text takes 16 times as long, and 256 times where each of its places looks over all the others.
  it.each(['\n', '\n ', '—', '— ', '\r\n', '\n_', ' --', '//a', ' ', '>', '"'])(
    'take time by the length of a text of nothing but %j',
    (piece) => {
      const [short, long] = [512, 8_192].map((length) => `re:x${of(piece, length)}x`);
      expect(timeOf(long ?? '')).toBeLessThan(0.5 + 80 * timeOf(short ?? ''));
    },
  );
});
