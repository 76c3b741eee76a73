import type { ReportType } from '../call/report';
import type { Meaning } from './mapping';
import { provenEvents, saidBy } from './proven-events';
import type { ReadResult } from './read-result';

const DECIDED = 1_000_000_000;
const NOW = DECIDED + 3_600_000;
const life = (...told: ReportType[]) => ({ decidedAt: DECIDED, now: NOW, told: new Set(told) });
const read = (more: Partial<ReadResult> = {}, ...meanings: Meaning[]): ReadResult => ({
  labels: [
    { kind: 'status', text: 'x', meanings },
    { kind: 'tag', text: 'unknown' },
  ],
  lines: [],
  transferred: false,
  faults: [],
  ...more,
});
const agent = { speaker: 'agent', text: '您好' } as const;
const customer = { speaker: 'customer', text: '喂' } as const;

describe('provenEvents', () => {
  it('tells an answered call with its times', () => {
    const times = {
      startedAt: DECIDED + 1_000,
      answeredAt: DECIDED + 9_000,
      endedAt: DECIDED + 60_000,
      seconds: 51,
    };
    expect(
      provenEvents(read({ ...times, transferred: true }, 'answered'), ['human_request'], life()),
    ).toEqual([
      { type: 'answered', at: DECIDED + 9_000 },
      { type: 'human_requested', at: DECIDED + 9_000 },
      { type: 'transferred', at: DECIDED + 60_000 },
      { type: 'ended', at: DECIDED + 60_000, seconds: 51 },
    ]);
  });

  it.each([
    [
      'the customer spoke, whatever the status says',
      read({ lines: [customer] }, 'no_answer'),
      ['answered', 'ended'],
    ],
    ['a transfer', read({ transferred: true }), ['answered', 'transferred', 'ended']],
    ['the agent spoke and nobody says otherwise', read({ lines: [agent] }), ['answered', 'ended']],
    ['the agent spoke to a line that did not answer', read({ lines: [agent] }, 'no_answer'), ['failed']],
    ['a voicemail', read({}, 'voicemail'), ['machine_detected', 'ended']],
    ['busy', read({}, 'busy'), ['failed']],
    ['not placed', read({}, 'not_placed'), ['not_placed']],
    ['nothing', read({}, 'not_interested'), []],
  ])('%s', (_, result, types) => {
    expect(provenEvents(result, [], life()).map(({ type }) => type)).toEqual(types);
  });

  it('names why a call was not answered, and when it began', () => {
    expect(provenEvents(read({ startedAt: DECIDED + 2_000 }, 'no_answer'), [], life())).toEqual([
      { type: 'failed', at: DECIDED + 2_000, cause: 'no_answer' },
    ]);
  });

  it('takes no time from outside the call’s life: a wrong zone makes no honest call a late one', () => {
    const result = read({ startedAt: NOW + 28_800_000, endedAt: DECIDED - 6_000, seconds: 30 }, 'answered');
    expect(provenEvents(result, [], life()).map(({ at }) => at)).toEqual([DECIDED, DECIDED + 30_000]);
    const long = read({ seconds: 86_400 }, 'answered');
    expect(provenEvents(long, [], life()).map(({ at }) => at)).toEqual([DECIDED, DECIDED]);
  });

  it('tells nothing twice, and does not undo a call that was taken up', () => {
    expect(provenEvents(read({}, 'answered'), [], life('answered', 'ended'))).toEqual([]);
    expect(provenEvents(read({}, 'answered'), [], life('answered'))).toEqual([
      { type: 'ended', at: DECIDED },
    ]);
    expect(provenEvents(read({}, 'busy'), [], life('answered'))).toEqual([]);
    expect(provenEvents(read({}, 'not_placed'), [], life('ended'))).toEqual([]);
  });
});

describe('saidBy', () => {
  it.each([
    ['the end of the call', { endedAt: DECIDED + 60_000 }, DECIDED + 60_000],
    ['two hours after its beginning', { startedAt: DECIDED - 7_000_000 }, DECIDED + 200_000],
    ['now, if that is earlier', { startedAt: DECIDED + 5_000 }, NOW],
    ['not before it was decided', { endedAt: DECIDED - 1 }, NOW],
    ['and where nothing is told', {}, NOW],
  ])('is %s', (_, times, at) => {
    expect(saidBy(read(times), { decidedAt: DECIDED, now: NOW })).toBe(at);
  });
});
