import fc from 'fast-check';
import vectors from '../../../test/vectors/results/results.json';
import type { ResultsMapping } from './mapping';
import { isSilent, readResult, rowsOf, unreadIn } from './read-result';

const MAPPING: ResultsMapping = {
  sessionId: '/id',
  number: { at: '/to', region: 'CN' },
  grade: ['/grade'],
  tag: ['/tags', '/note'],
  status: ['/status'],
  dialogue: { lines: '/talk', text: '/say', speaker: { at: '/who', customer: ['C'], agent: ['B'] } },
  transferred: { at: '/moved', values: ['1', 'true'] },
  startedAt: { at: '/start', format: 'unix_seconds' },
  answeredAt: { at: '/answer', format: 'unix_seconds' },
  endedAt: { at: '/end', format: 'unix_seconds' },
  seconds: '/length',
  recording: '/audio',
  labels: {
    grade: { D: 'not_interested' },
    tag: { 勿扰: 'refuse_permanent' },
    status: { '3': ['answered', 'human_request'] },
  },
};

describe('readResult', () => {
  it.each(vectors.map((vector) => [vector.id, vector] as const))('%s', (_, { row, expected }) => {
    expect(readResult(MAPPING, row)).toEqual(expected);
  });

  it('reads nothing that the mapping does not name', () => {
    const row = { id: 's', talk: [{ who: 'C', say: '别再打了' }], grade: 'D', moved: 1 };
    expect(readResult({ sessionId: '/id', grade: ['/grade'], labels: {} }, row)).toEqual({
      sessionId: 's',
      labels: [{ kind: 'grade', text: 'D' }],
      lines: [],
      transferred: false,
      faults: [],
    });
  });

  it('never throws, and loses no customer’s word that lies where lines lie', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (talk) => {
        const { lines } = readResult(MAPPING, { id: 's', talk: [talk, { who: 'C', say: '别再打了' }] });
        expect(lines.at(-1)).toEqual({ speaker: 'customer', text: '别再打了' });
      }),
    );
  });

  it('hears words however deep they lie', () => {
    let deep: unknown = '别再打了';
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(readResult(MAPPING, { id: 's', talk: [deep] }).lines).toEqual([
      { speaker: 'unknown', text: '别再打了' },
    ]);
  });
});

describe('rowsOf', () => {
  it.each([
    [undefined, { a: 1 }, [{ a: 1 }]],
    [undefined, [{ a: 1 }, 2], [{ a: 1 }, 2]],
    [undefined, [], []],
    ['/data', { data: [1, 2] }, [1, 2]],
    ['/data', { data: { a: 1 } }, [{ a: 1 }]],
    ['/data', { data: [] }, []],
    ['/data/*/calls', { data: [{ calls: [1] }, { calls: [2, 3] }] }, [1, 2, 3]],
    // Whatever is not where it should be is a result all the same, that matches no call.
    ['/data', { rows: [1] }, [{ rows: [1] }]],
    ['/data', [1, 2], [1, 2]],
  ])('%s of %j is %j', (results, body, rows) => {
    expect(rowsOf(results === undefined ? {} : { results }, body)).toEqual(rows);
  });
});

describe('isSilent', () => {
  const silent = (row: object, answered = false, mapping: ResultsMapping = MAPPING): boolean =>
    isSilent(mapping, readResult(mapping, { id: 's', ...row }), answered);

  it.each([
    ['says that it was answered', { answer: 1_795_140_005 }],
    ['says that it lasted', { length: 40 }],
    ['says that somebody took over', { moved: 1 }],
    ['holds it elsewhere', { length: 40, dialog: [{ who: 'C', say: '别再打了' }] }],
  ])('is a report that %s, and nothing of what was said', (_, row) => expect(silent(row)).toBe(true));

  it('is one by what was told before', () => {
    expect([silent({}), silent({}, true)]).toEqual([false, true]);
  });

  it('is one by a status that says no more than that', () => {
    const labels = { status: { OK: 'answered', NO: 'no_answer', D: ['answered', 'none'] } } as const;
    const mapping = { ...MAPPING, labels };
    const of = (status: string) => silent({ status, length: 40 }, false, mapping);
    expect(['OK', 'NO', 'D', 'unknown'].map(of)).toEqual([true, false, false, true]);
  });

  it.each([
    ['a line', { length: 40, talk: [{ who: 'B', say: '您好' }] }],
    ['a grade', { length: 40, grade: 'D' }],
    ['a tag that nobody knows', { length: 40, note: '？' }],
    ['no length', { length: 0 }],
  ])('is none with %s', (_, row) => expect(silent(row)).toBe(false));

  it.each([['dialogue'], ['grade'], ['tag']] as const)('looks where %s lies', (member) => {
    const { sessionId, seconds, labels } = MAPPING;
    const bare = { sessionId, seconds: seconds ?? '', labels };
    expect(silent({ length: 40 }, true, bare)).toBe(false);
    expect(silent({ length: 40 }, true, { ...bare, [member]: MAPPING[member] })).toBe(true);
  });
});

describe('unreadIn', () => {
  it('is what may have told the customer’s will', () => {
    const { faults } = readResult(MAPPING, {
      id: {},
      grade: {},
      tags: [{}],
      status: {},
      talk: ['x'],
      length: -1,
    });
    expect(unreadIn({ faults })).toEqual(['dialogue', 'grade', 'tag', 'status']);
    expect(unreadIn({ faults: ['seconds'] })).toEqual([]);
  });
});
