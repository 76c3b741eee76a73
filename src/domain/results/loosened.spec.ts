import { loosened, silencedBy } from './loosened';
import type { ResultsMapping } from './mapping';

const MAPPING: ResultsMapping = {
  sessionId: '/id',
  number: { at: '/to', region: 'CN' },
  grade: ['/grade', '/level'],
  dialogue: { lines: '/talk', text: '/say', speaker: { at: '/who', customer: ['C', 'U'], agent: ['B'] } },
  seconds: '/length',
  labels: {
    grade: {
      A: 'none',
      D: 'not_interested',
      X: 'refuse_permanent',
      W: ['wrong_person', 'answered'],
      N: 'no_answer',
    },
  },
};
const { dialogue } = MAPPING;
if (dialogue === undefined) throw new Error('The example has a dialogue.');
const change = (more: Partial<ResultsMapping>): string[] =>
  loosened(MAPPING, { ...MAPPING, ...more }).map(({ member, word }) =>
    word === undefined ? member : `${member} ${word}`,
  );
const grades = (more: Record<string, ResultsMapping['labels']['grade']>) => more as ResultsMapping['labels'];
const regraded = (more: NonNullable<ResultsMapping['labels']['grade']>): string[] =>
  change({ labels: grades({ grade: { ...MAPPING.labels.grade, ...more } }) });
const respoken = (more: Partial<typeof dialogue.speaker>): string[] =>
  change({ dialogue: { ...dialogue, speaker: { ...dialogue.speaker, ...more } } });
const without = (member: keyof ResultsMapping): string[] => {
  const { [member]: _, ...rest } = MAPPING;
  return loosened(MAPPING, rest as ResultsMapping).map((found) => found.member);
};

describe('loosened', () => {
  it.each([
    ['nothing', change({})],
    ['a place more', change({ grade: ['/grade', '/level', '/more'], tag: ['/tags'] })],
    ['a word more', regraded({ Z: 'none' })],
    ['a duty more', regraded({ A: 'vulnerable', X: ['refuse_permanent', 'complaint_threat'] })],
    ['never again for not now', regraded({ D: 'refuse_permanent' })],
    ['another word for the call', regraded({ N: 'busy' })],
    ['a speaker more', respoken({ customer: ['C', 'U', 'V'], agent: ['B', 'R'] })],
    ['a word of another width', regraded({ X: 'refuse_permanent', Ｘ: 'refuse_permanent' })],
    ['what says nothing of anybody', change({ seconds: '/duration', sessionId: '/call' })],
  ])('is nothing where there is %s', (_, found) => expect(found).toEqual([]));

  it.each([
    ['a refusal that means less', regraded({ X: 'not_interested' }), ['labels/grade X']],
    ['a refusal that means nothing', regraded({ X: 'none' }), ['labels/grade X']],
    ['a stranger who only refuses', regraded({ W: ['refuse_permanent', 'answered'] }), ['labels/grade W']],
    ['a pause that is none', regraded({ D: ['refuse_now'] }), ['labels/grade D']],
    ['a call that gives itself back', regraded({ N: 'not_placed' }), ['labels/grade N']],
    ['no words', change({ labels: {} }), ['labels/grade D', 'labels/grade X', 'labels/grade W']],
    ['a place less', change({ grade: ['/grade'] }), ['grade']],
    ['no grade', without('grade'), ['grade']],
    ['another number', change({ number: { at: '/from' } }), ['number']],
    ['another list of results', change({ results: '/data/0' }), ['results']],
    ['another text', change({ dialogue: { ...dialogue, text: '/no' } }), ['dialogue/text']],
    ['another speaker', respoken({ at: '/by' }), ['dialogue/speaker/at']],
    ['a customer less', respoken({ customer: ['C'] }), ['dialogue/speaker/customer U']],
    [
      'no dialogue',
      without('dialogue'),
      [
        'dialogue/lines',
        'dialogue/text',
        'dialogue/speaker/at',
        ...Array<string>(2).fill('dialogue/speaker/customer'),
      ],
    ],
  ])('finds %s', (_, found, expected) => expect(found).toEqual(expected));

  it('tells what the word meant, and what it would mean', () => {
    const after = { ...MAPPING, labels: { grade: { ...MAPPING.labels.grade, X: 'none' as const } } };
    expect(loosened(MAPPING, after)).toEqual([
      { member: 'labels/grade', word: 'X', before: ['refuse_permanent'], after: ['none'] },
    ]);
  });

  it('knows a word by what it says, not by its width', () => {
    const of = (tag: NonNullable<ResultsMapping['labels']['tag']>): ResultsMapping => ({
      ...MAPPING,
      labels: { tag },
    });
    const before = of({ X: 'vulnerable' });
    expect(loosened(before, of({ Ｘ: 'none', X: 'vulnerable' }))).toEqual([]);
    expect(loosened(before, of({ Ｘ: ['vulnerable'] }))).toEqual([]);
    expect(loosened(of({ X: 'none', Ｘ: 'vulnerable' }), of({ X: 'none' }))).toMatchObject([{ word: 'X' }]);
  });

  it('needs no dialogue to begin with', () => {
    const { dialogue: _, ...bare } = MAPPING;
    expect(loosened(bare, MAPPING)).toEqual([]);
    expect(loosened({ ...bare, results: '/a' }, { ...bare, results: '/b' })).toEqual([{ member: 'results' }]);
  });
});

describe('silencedBy', () => {
  it('is every word that binds nobody, and every speaker who is not heard', () => {
    const speaker = { at: '/who', customer: ['C', 'both'], agent: ['B', 'both', 'Ｒ'] };
    const tag = { Ｘ: 'none', X: 'vulnerable', Y: 'none', Ｙ: 'busy' } as const;
    const mapping = { ...MAPPING, dialogue: { ...dialogue, speaker }, labels: { ...MAPPING.labels, tag } };
    expect(silencedBy(mapping)).toEqual([
      { kind: 'grade', text: 'A' },
      { kind: 'grade', text: 'N' },
      { kind: 'tag', text: 'Y' },
      { kind: 'speaker', text: 'B' },
      { kind: 'speaker', text: 'R' },
    ]);
  });

  it('is nothing of a mapping that knows no words', () => {
    expect(silencedBy({ sessionId: '/id', labels: {} })).toEqual([]);
  });
});
