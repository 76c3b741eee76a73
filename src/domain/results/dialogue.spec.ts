import { passagesOf } from './passages';
import { type Line, readDialogue } from './read-dialogue';
import { readResult } from './read-result';
import { talkedOn } from './talked-on';

const says = (speaker: Line['speaker'], ...texts: string[]): Line[] =>
  texts.map((text) => ({ speaker, text }));

describe('passagesOf', () => {
  it('is nothing where only the agent speaks', () => expect(passagesOf(says('agent', 'a', 'b'))).toEqual([]));

  it('is each line alone and all of them together, the agent left out', () => {
    const lines = [...says('customer', '不要'), ...says('agent', '您好'), ...says('customer', '再打了')];
    expect(passagesOf(lines)).toEqual([
      { text: '不要', line: 0, sure: true },
      { text: '再打了', line: 2, sure: true },
      { text: '不要 再打了', line: 2, sure: true },
    ]);
  });

  it('is sure only of what the mapping says that the customer said', () => {
    expect(passagesOf([...says('customer', 'a'), ...says('unknown', 'b')]).map(({ sure }) => sure)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('cuts what is long into pieces that overlap, so that no word lies on a cut', () => {
    const long = Array.from({ length: 2_500 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join('');
    const parts = passagesOf(says('customer', long)).map(({ text }) => text);
    expect(parts.map((part) => part.length)).toEqual([...Array<number>(7).fill(400), 260]);
    expect(parts[1]?.slice(0, 80)).toBe(parts[0]?.slice(-80));
    expect(parts.at(-1)?.at(-1)).toBe(long.at(-1));
  });

  it('joins every line with its neighbour, however many there are', () => {
    const lines = says('customer', ...Array.from({ length: 500 }, (_, index) => `line ${index}`));
    const joined = passagesOf(lines).slice(500);
    expect(Math.max(...joined.map(({ text }) => text.length))).toBeLessThan(400);
    for (let index = 1; index < 500; index++) {
      expect(joined.some(({ text }) => `${text} `.includes(`line ${index - 1} line ${index} `))).toBe(true);
    }
  });

  it('leaves a line that fills a piece by itself', () => {
    const lines = says('customer', 'a'.repeat(399), 'b'.repeat(399), 'c');
    expect(passagesOf(lines)).toHaveLength(3);
  });
});

/** `c:` and `a:` say who speaks; the refusal is the first line. */
const dialogue = (...turns: string[]): Line[] =>
  turns.map((turn) => ({ speaker: turn.startsWith('a:') ? 'agent' : 'customer', text: turn.slice(2) }));

describe('talkedOn', () => {
  it.each([
    ['hangs up', ['c:别再打了'], false],
    ['confirms and takes leave', ['c:别再打了', 'a:好的，已登记，不再致电。', 'a:再见'], false],
    ['merely acknowledges', ['c:别再打了', 'a:嗯，好的'], false],
    ['takes leave twice', ['c:stop calling me', 'a:Sorry, I removed you.', 'c:good', 'a:Goodbye.'], false],
    ['asks why', ['c:别再打了', 'a:请问是什么原因呢？'], true],
    ['offers at once', ['c:stop calling me', 'a:We have a free card for you'], true],
    ['goes on later', ['c:别再打了', 'a:嗯', 'c:听见没有', 'a:我们这款卡年费全免'], true],
    ['goes on in the same breath', ['c:别再打了', 'a:嗯', 'a:您考虑一下'], true],
    ['sold before, not after', ['c:别再打了'], false],
  ])('%s', (_, turns, sold) => expect(talkedOn(dialogue(...turns), 0)).toBe(sold));

  it('looks only at what follows the refusal', () => {
    expect(talkedOn(dialogue('a:要不要优惠？', 'c:别再打了', 'a:抱歉打扰'), 1)).toBe(false);
  });
});

describe('readDialogue', () => {
  it('names so many unknown speakers as anybody would map, and hears all of them', () => {
    const dialogue = {
      lines: '/talk',
      text: '/text',
      speaker: { at: '/role', customer: ['user'], agent: [] },
    };
    const talk = Array.from({ length: 500 }, (_, index) => ({ role: `r${index}`, text: `t${index}` }));
    const { lines, unknownSpeakers, fault } = readDialogue(
      { sessionId: '/s', dialogue, labels: {} },
      { talk },
    );
    expect(lines).toEqual(talk.map(({ text }) => ({ speaker: 'unknown', text })));
    expect(unknownSpeakers).toEqual(talk.slice(0, 100).map(({ role }) => role));
    expect(fault).toBe(false);
  });
});

describe('readResult', () => {
  it('names so many unknown words as anybody would map, and every one that means something', () => {
    const words = Array.from({ length: 500 }, (_, index) => `w${index}`);
    const mapping = {
      sessionId: '/s',
      tag: ['/tags'],
      labels: { tag: { never: 'refuse_permanent' } },
    } as const;
    const { labels } = readResult(mapping, { tags: [...words, 'never'] });
    expect(labels.map(({ text }) => text)).toEqual([...words.slice(0, 100), 'never']);
    expect(labels.at(-1)?.meanings).toEqual(['refuse_permanent']);
  });
});
