import type { ResultsMapping } from './mapping';
import { mappingFaults } from './mapping-faults';

const EXAMPLE = {
  data: [
    {
      id: 's',
      to: '13900000000',
      grade: 'A',
      tags: ['x'],
      status: 'OK',
      start: '2026-11-20 10:00:00',
      answer: 1_795_140_000,
      end: '',
      length: 3,
      audio: 'https://audio.example/1',
      moved: 0,
      talk: [
        { who: 'B', say: 'a' },
        { who: 'C', say: 'b' },
      ],
    },
  ],
};
const MAPPING: ResultsMapping = {
  results: '/data',
  sessionId: '/id',
  number: { at: '/to' },
  grade: ['/grade'],
  tag: ['/tags'],
  status: ['/status'],
  dialogue: { lines: '/talk', text: '/say', speaker: { at: '/who', customer: ['C'], agent: ['B'] } },
  transferred: { at: '/moved', values: ['1'] },
  startedAt: { at: '/start', format: 'local', timeZone: 'Asia/Shanghai' },
  answeredAt: { at: '/answer', format: 'unix_seconds' },
  endedAt: { at: '/end', format: 'unix_seconds' },
  seconds: '/length',
  recording: '/audio',
  labels: {},
};
const faultsOf = (change: Partial<ResultsMapping>, example: unknown = EXAMPLE): string[] =>
  mappingFaults({ ...MAPPING, ...change }, example).map(({ pointer, code }) => `${pointer} ${code}`);
const dialogue = (change: object): Partial<ResultsMapping> => ({
  dialogue: {
    lines: '/talk',
    text: '/say',
    speaker: { at: '/who', customer: ['C'], agent: ['B'] },
    ...change,
  },
});

describe('mappingFaults', () => {
  it('finds nothing wrong with a mapping that fits its example', () => {
    expect(faultsOf({})).toEqual([]);
    expect(mappingFaults({ sessionId: '/id', labels: {} }, [{ id: 1 }])).toEqual([]);
  });

  it.each<[string, Partial<ResultsMapping>]>([
    ['/results FORMAT', { results: 'data' }],
    ['/results NO_MATCH', { results: '/rows' }],
    ['/sessionId NO_MATCH', { sessionId: '/callId' }],
    ['/sessionId FORMAT', { sessionId: 'id' }],
    ['/sessionId NO_MATCH', { sessionId: '/talk' }],
    ['/number/at NO_MATCH', { number: { at: '/from' } }],
    ['/grade/1 NO_MATCH', { grade: ['/grade', '/level'] }],
    ['/tag/0 FORMAT', { tag: ['/~'] }],
    ['/status/0 NO_MATCH', { status: ['/state'] }],
    ['/transferred/at NO_MATCH', { transferred: { at: '/agent', values: ['1'] } }],
    ['/seconds NO_MATCH', { seconds: '/duration' }],
    ['/recording NO_MATCH', { recording: '/url' }],
    ['/startedAt/timeZone UNKNOWN_ZONE', { startedAt: { at: '/start', format: 'local' } }],
    ['/startedAt/format FORMAT', { startedAt: { at: '/start', format: 'unix_seconds' } }],
    ['/answeredAt/at NO_MATCH', { answeredAt: { at: '/answered', format: 'unix_seconds' } }],
    ['/dialogue/lines NO_MATCH', dialogue({ lines: '/lines' })],
    ['/dialogue/text NO_MATCH', dialogue({ text: '/text' })],
    ['/dialogue/speaker/at NO_MATCH', dialogue({ speaker: { at: '/by', customer: ['C'], agent: ['B'] } })],
    [
      '/dialogue/speaker UNMAPPED_SPEAKER',
      dialogue({ speaker: { at: '/who', customer: ['C'], agent: ['R'] } }),
    ],
  ])('says %s', (fault, change) => {
    expect(faultsOf(change)).toContain(fault);
  });

  it('wants text in every line', () => {
    const example = {
      data: [
        {
          ...EXAMPLE.data[0],
          talk: [
            { who: 'B', say: 'a' },
            { who: 'C', say: {} },
          ],
        },
      ],
    };
    expect(faultsOf({}, example)).toEqual(['/dialogue/text FORMAT']);
  });
});
