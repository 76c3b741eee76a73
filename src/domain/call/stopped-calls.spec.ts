import { SECOND } from '../time/instant';
import { authorizationState, type CallStop, callState, type FoldedCall } from './call-state';
import { isEndedByStop, standingDirectives } from './directives';
import type { Report, ReportType } from './report';

const DECIDED = Date.UTC(2026, 10, 20, 2);
const EXPIRES = DECIDED + 30 * SECOND;
const STOPPED = DECIDED + 10 * SECOND;
const END: CallStop = { recordedAt: STOPPED, live: 'end' };
const FINISH: CallStop = { recordedAt: STOPPED, live: 'finish' };

const told = (type: ReportType, after = 0, learned = after): Report => ({
  type,
  at: STOPPED + after,
  recordedAt: STOPPED + learned,
  effective: true,
  flags: [],
});
const call = (stops: CallStop[], reports: Report[] = [], redeemedAt?: number): FoldedCall => ({
  outcome: 'allow',
  expiresAt: EXPIRES,
  slot: {
    callId: 'call-1',
    campaignId: 'spring-card',
    purpose: 'marketing',
    decidedAt: DECIDED,
    expiresAt: EXPIRES,
    ...(redeemedAt === undefined ? {} : { redeemedAt }),
  },
  reports,
  stops,
});

describe('a call that a stop reaches', () => {
  it.each<[string, CallStop[], Report[], boolean]>([
    ['rings and all are ended', [END], [told('ringing', -1)], true],
    ['rings and the answered may finish', [FINISH], [told('ringing', -1)], true],
    ['was answered before and all are ended', [END], [told('answered', -1)], true],
    ['was answered before and may finish', [FINISH], [told('answered', -1)], false],
    ['was answered at that moment and may finish', [FINISH], [told('answered')], false],
    ['was answered before, as was on its way', [FINISH], [told('answered', -1, 5 * SECOND)], false],
    ['was answered before, as is said too late', [FINISH], [told('answered', -1, 5 * SECOND + 1)], true],
    [
      'was answered before, which nobody knows when we learned',
      [FINISH],
      [{ type: 'answered', at: STOPPED - 1, effective: true, flags: [] }],
      true,
    ],
    ['was answered afterwards', [FINISH], [told('answered', 1)], true],
    ['may finish by one stop and not by another', [FINISH, END], [told('answered', -1)], true],
    ['is over', [END], [told('answered', -1), told('ended', 1)], false],
    ['was answered and no stop reaches it', [], [told('answered', -1)], false],
  ])('that %s', (_, stops, reports, ends) => {
    const directives = standingDirectives(call(stops, reports)).map(({ type }) => type);
    expect(directives).toEqual(ends ? ['end_call'] : []);
    expect(isEndedByStop(call(stops, reports))).toBe(ends);
  });

  it.each<[string, FoldedCall, boolean]>([
    ['whose token lived', call([FINISH]), true],
    ['whose token had expired', call([{ recordedAt: EXPIRES, live: 'end' }]), false],
    ['that a carrier redeemed', call([{ recordedAt: EXPIRES, live: 'end' }], [], DECIDED), true],
    ['that was given back', call([END], [told('not_placed')]), false],
    ['without an end, which cannot be', { outcome: 'allow', reports: [], stops: [END] }, false],
    ['that no stop reaches', { outcome: 'allow', expiresAt: EXPIRES, reports: [] }, false],
  ])('and that nobody reported, %s', (_, unreported, ends) => {
    expect(isEndedByStop(unreported)).toBe(ends);
    expect(standingDirectives(unreported)).toEqual([]);
  });

  it('has a void token, where that lived when the stop came', () => {
    const late = { recordedAt: EXPIRES, live: 'end' } as const;
    expect([callState(call([FINISH]), STOPPED), authorizationState(call([FINISH]), STOPPED)]).toEqual([
      'void',
      'void',
    ]);
    expect([callState(call([late]), EXPIRES), authorizationState(call([late]), EXPIRES)]).toEqual([
      'presumed_placed',
      'expired',
    ]);
  });
});
