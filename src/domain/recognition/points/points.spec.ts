import { recogniseSms } from '../recognise-sms';
import { recogniseSpeech } from '../recognise-speech';
import type { Sensed } from '../rules/senses';
import { fold } from '../text/fold';
import { viewsOf } from '../text/views';
import { classCues, classesIn } from './classes';
import { ruleCues, textCues } from './cues';
import { droppedBelow, heardAbove, weigh } from './scorecard';
import { isWeakStop, type Ruled, verdictOf } from './verdict';

const cuesOf = (text: string): string[] => [...textCues(viewsOf(fold(text)))];
const classesOf = (text: string, language: string): string[] => [
  ...classCues(classesIn(viewsOf(fold(text)), [language])),
];
const sensed = (sense: Sensed['sense'], rule: string): Sensed => ({ sense, rule, from: 0, to: 1 });

describe('cues of a text', () => {
  it('are words, runs of words, pairs and stems where words are spaced', () => {
    const cues = cuesOf('please stop calling me, thanks');
    expect(cues).toEqual(
      expect.arrayContaining([
        '^',
        'stop',
        'stop calling me',
        '^ please stop',
        'stop … me',
        'call-',
        'thanks $',
      ]),
    );
    expect(cues).not.toContain('me … thanks');
    expect(cues).not.toContain('stop … thanks');
  });

  it('are runs of characters where they are not', () => {
    expect(cuesOf('别打了，好')).toEqual(expect.arrayContaining(['^别', '别打', '别打了|', '了|', '好$']));
    expect(
      cuesOf('别打了，好').every((cue) => cue === '^' || cue === '|' || cue.length <= 4 || / /.test(cue)),
    ).toBe(true);
  });

  it('are both in a text of both', () => {
    const cues = cuesOf('唔好再send sms嚟');
    expect(cues).toEqual(expect.arrayContaining(['唔好再', 'send', 'send sms', 's嚟$']));
    expect(cues.some((cue) => /再 send/.test(cue))).toBe(false);
  });

  it('are the ends alone where nothing is', () => {
    expect(cuesOf('')).toEqual(['^', '^ $', '$']);
  });
});

describe('cues of word classes', () => {
  it('are classes that have a word in the text, and those that follow one another in a clause', () => {
    expect(classesOf('dont call me', 'en')).toEqual(
      expect.arrayContaining(['{dont}', '{contact}', '{dont} … {contact}']),
    );
    expect(classesOf('别再发短信', 'zh')).toEqual(
      expect.arrayContaining(['{dont}', '{write}', '{dont} … {write}']),
    );
  });

  it('do not reach over the end of a clause, nor into another language', () => {
    expect(classesOf('dont, call', 'en')).not.toContain('{dont} … {contact}');
    expect(classesOf('别，短信', 'zh')).not.toContain('{dont} … {write}');
    expect(classesOf('别再发短信', 'en')).toEqual([]);
  });
});

describe('cues of the rules', () => {
  it('say who spoke, and how many hear a stop', () => {
    const stops = ['a', 'b', 'c', 'c'].map((rule) => sensed('stop', rule));
    expect([...ruleCues(stops, ['opt_out'])].sort()).toEqual([
      'label:opt_out',
      'rule:a',
      'rule:b',
      'rule:c',
      'rules:stop-four-times',
      'rules:stop-twice',
      'rules:three-stops',
      'rules:two-stops',
      'sense:stop',
    ]);
    expect(ruleCues(stops.slice(0, 2), []).has('rules:three-stops')).toBe(false);
    expect([...ruleCues([], [])]).toEqual(['rules:no-stop']);
  });
});

describe('the scorecard', () => {
  it.each(['sms', 'speech'] as const)('takes nothing from what nothing is known of: %s', (channel) => {
    const { points, cues } = weigh(new Set(['no such cue', 'rules:no-stop']), channel);
    expect(points).toBeLessThan(heardAbove(channel));
    expect(cues.length).toBeLessThanOrEqual(1);
    expect(droppedBelow(channel)).toBeLessThanOrEqual(heardAbove(channel));
  });

  it('names the cues that decided, the strongest first, and no more than five', () => {
    const cues = textCues(viewsOf(fold('please stop sending me texts and take me off your list')));
    const { points, cues: named } = weigh(cues, 'sms');
    expect(points).toBeGreaterThan(0);
    expect(named).toHaveLength(5);
    const each = named.map((cue) => weigh(new Set([cue]), 'sms').points);
    expect(each).toEqual([...each].sort((a, b) => b - a));
  });
});

describe('the verdict', () => {
  const ruled = (text: string, labels: string[], heard: Sensed[] = []): Ruled => ({
    views: viewsOf(fold(text)),
    languages: ['en'],
    heard,
    labels,
  });
  const DEMAND = 'please stop sending me texts and take me off your list';
  const MATTER = 'what is the interest rate if i cancel my loan early';

  it('hears a stop that no rule heard', () => {
    expect(verdictOf(ruled(DEMAND, []), 'sms').stop).toBe('heard');
    expect(verdictOf(ruled('thanks', []), 'sms')).toEqual({ rules: [] });
  });

  it('drops a stop that one rule heard alone, and says by which cues', () => {
    const { stop, rules } = verdictOf(ruled(MATTER, ['opt_out'], [sensed('stop', 'en.none')]), 'sms');
    expect(stop).toBe('dropped');
    expect(rules[0]).toMatch(/^points\./);
    expect(verdictOf(ruled(DEMAND, ['opt_out']), 'sms')).toEqual({ rules: [] });
  });

  it('never talks a stranger away', () => {
    expect(verdictOf(ruled(MATTER, ['wrong_person', 'opt_out']), 'sms')).toEqual({ rules: [] });
    expect(isWeakStop(sensed('wrong_person', 'x'))).toBe(false);
    expect(isWeakStop(sensed('stop', 'x'))).toBe(true);
  });
});

describe('points beside the rules', () => {
  const counted = (rules: readonly string[]): boolean => rules.some((rule) => rule.startsWith('points.'));

  it.each([
    ['sms', '都说TD了', 'opt_out'],
    ['sms', '工信部见', 'opt_out'],
    ['sms', '免打扰模式会影响收验证码吗', 'other'],
    ['speech', '我怎么才能从你们名单里出来', 'refuse_permanent'],
    ['speech', '保险买了好几份了够了', 'not_interested'],
  ] as const)('decide by %s: %s is %s', (channel, text, label) => {
    const heard = channel === 'sms' ? recogniseSms(text) : recogniseSpeech(text);
    expect(heard.label).toBe(label);
    expect(counted(heard.rules)).toBe(true);
  });

  // What is nothing but a keyword is decided before points are counted.
  it.each(['STOP', '退订', 'TD', 'BAJA', 'arrêt', '수신거부'])('never touch %s', (keyword) => {
    expect(counted(recogniseSms(keyword).rules)).toBe(false);
  });

  it('are counted for the beginning of a text only', () => {
    const late = `${'好'.repeat(1_000)}，工信部见`;
    expect(recogniseSms(late).rules).not.toContain('points.工信部');
    expect(recogniseSms(late).label).toBe('other');
  });
});
