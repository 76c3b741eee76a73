import fc from 'fast-check';
import type { Slot } from '../decision/facts';
import { SECOND } from '../time/instant';
import { slotAfter } from './call-slot';
import { authorizationState, callState, type FoldedCall } from './call-state';
import { directivesFor, isOptOutKey, standingDirectives } from './directives';
import { type Report, REPORT_TYPES, type ReportType } from './report';

const DECIDED = Date.UTC(2026, 10, 20, 2);
const EXPIRES = DECIDED + 30 * SECOND;
const SLOT: Slot = {
  callId: 'call-1',
  campaignId: 'spring-card',
  purpose: 'marketing',
  decidedAt: DECIDED,
  expiresAt: EXPIRES,
};
const report = (type: ReportType, at = DECIDED + SECOND, more: Partial<Report> = {}): Report => ({
  type,
  at,
  effective: true,
  flags: [],
  ...more,
});
const call = (reports: Report[], slot: Partial<Slot> = {}): FoldedCall => ({
  outcome: 'allow',
  expiresAt: EXPIRES,
  slot: { ...SLOT, ...slot },
  reports,
});
const reportArbitrary = fc.record({
  type: fc.constantFrom(...REPORT_TYPES),
  at: fc.integer({ min: DECIDED - 5_000, max: EXPIRES + 600_000 }),
  effective: fc.boolean(),
  flags: fc.constant<Report['flags']>([]),
});

describe('the slot of a call', () => {
  it('is the same in any order of arrival', () => {
    fc.assert(
      fc.property(
        fc.array(reportArbitrary, { maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        (reports, keys) => {
          const shuffled = reports
            .map((item) => ({ item, key: keys.next().value as number }))
            .sort((a, b) => a.key - b.key)
            .map(({ item }) => item);
          expect(slotAfter(SLOT, shuffled)).toEqual(slotAfter(SLOT, reports));
          const now = EXPIRES + 1;
          expect(callState(call(shuffled), now)).toBe(callState(call(reports), now));
        },
      ),
    );
  });

  it('counts from a time within the authorization, whatever clock reported it', () => {
    fc.assert(
      fc.property(fc.array(reportArbitrary, { maxLength: 8 }), (reports) => {
        const slot = slotAfter(SLOT, reports);
        const placedAt = slot?.placedAt ?? DECIDED;
        expect(placedAt).toBeGreaterThanOrEqual(DECIDED);
        expect(placedAt).toBeLessThanOrEqual(EXPIRES);
      }),
    );
  });

  it('is given back by not_placed, kept by everything else', () => {
    expect(slotAfter(SLOT, [report('not_placed')])).toBeUndefined();
    expect(slotAfter(SLOT, [report('not_placed', DECIDED, { effective: false })])).toEqual(SLOT);
    const redeemed = { ...SLOT, redeemedAt: DECIDED };
    expect(slotAfter(redeemed, [report('not_placed')])).toEqual(redeemed);
    expect(slotAfter(SLOT, [report('not_placed'), report('placed')])?.placedAt).toBe(DECIDED + SECOND);
    expect(slotAfter(SLOT, [report('ringing')])).toEqual({ ...SLOT, placedAt: DECIDED + SECOND });
  });

  it('knows whether the call was taken up once somebody did or it ended without', () => {
    expect(slotAfter(SLOT, [report('transcript')])?.answered).toBe(true);
    expect(slotAfter(SLOT, [report('ended')])).toMatchObject({ answered: false, endedAt: DECIDED + SECOND });
    expect(slotAfter(SLOT, [report('failed'), report('machine_detected')])?.answered).toBe(true);
    expect(slotAfter(SLOT, [report('placed')])?.answered).toBeUndefined();
    expect(slotAfter(SLOT, [report('ended', DECIDED, { seconds: 1 })])?.answered).toBe(true);
    expect(slotAfter(SLOT, [report('ended', DECIDED, { seconds: 0 })])?.answered).toBe(false);
    expect(slotAfter(SLOT, [report('recording')])?.answered).toBe(true);
  });
});

describe('the state of a call', () => {
  it.each<[string, FoldedCall, number, string, string]>([
    ['refused', { outcome: 'deny', reports: [] }, DECIDED, 'refused', 'none'],
    [
      'deferred with an end it cannot have',
      { outcome: 'defer', expiresAt: EXPIRES, reports: [] },
      DECIDED,
      'refused',
      'none',
    ],
    [
      'refused and placed all the same',
      { outcome: 'deny', reports: [report('placed')] },
      DECIDED,
      'placed',
      'none',
    ],
    ['authorized to the last millisecond', call([]), EXPIRES - 1, 'authorized', 'live'],
    ['presumed placed from then on', call([]), EXPIRES, 'presumed_placed', 'expired'],
    ['void', call([], { voidedAt: DECIDED }), DECIDED, 'void', 'void'],
    ['redeemed', call([], { redeemedAt: DECIDED }), EXPIRES, 'placed', 'used'],
    ['not placed', call([report('not_placed')]), EXPIRES, 'not_placed', 'given_back'],
    ['placed', call([report('placed')]), EXPIRES, 'placed', 'used'],
    ['answered, told by its recording only', call([report('recording')]), EXPIRES, 'answered', 'used'],
    [
      'given back and rung all the same',
      call([report('not_placed'), report('placed')]),
      EXPIRES,
      'not_placed',
      'given_back',
    ],
    ['ringing', call([report('ringing'), report('placed')]), EXPIRES, 'ringing', 'used'],
    ['answered', call([report('dtmf')]), EXPIRES, 'answered', 'used'],
    ['failed', call([report('failed'), report('ringing')]), EXPIRES, 'failed', 'used'],
    ['ended', call([report('ended'), report('failed')]), EXPIRES, 'ended', 'used'],
    [
      'unchanged by a report without effect',
      call([report('placed', 0, { effective: false })]),
      DECIDED,
      'authorized',
      'live',
    ],
  ])('%s', (_, folded, now, state, authorization) => {
    expect(callState(folded, now)).toBe(state);
    expect(authorizationState(folded, now)).toBe(authorization);
  });
});

describe('directives', () => {
  const types = (directives: { type: string }[]) => directives.map((directive) => directive.type);

  it('confirm an opt-out before they end the call', () => {
    const heard = { type: 'refused', labels: ['refuse_permanent'], confirmation: 'Done.' } as const;
    expect(directivesFor(heard, call([report('refused')]), true)).toMatchObject([
      { type: 'confirm_opt_out', text: 'Done.' },
      { type: 'end_call' },
    ]);
  });

  it.each(['refuse_now', 'not_interested'] as const)(
    'end the call at %s, without a second word',
    (refusal) => {
      const heard = { type: 'refused', labels: [refusal] } as const;
      expect(types(directivesFor(heard, call([report('refused')]), true))).toEqual(['end_call']);
    },
  );

  it('play the disclosure once, at the answer', () => {
    const answered = [report('answered')];
    expect(types(directivesFor({ type: 'answered' }, call(answered), true))).toEqual(['play_disclosure']);
    expect(directivesFor({ type: 'answered' }, call(answered), false)).toEqual([]);
    expect(directivesFor({ type: 'ringing' }, call([report('ringing')]), true)).toEqual([]);
    const played = [...answered, report('disclosure_played')];
    expect(directivesFor({ type: 'answered' }, call(played), true)).toEqual([]);
  });

  it('hand over to a person who is asked for', () => {
    const heard = { type: 'human_requested', labels: ['human_request'] } as const;
    expect(types(directivesFor(heard, call([report('human_requested')]), false))).toEqual([
      'transfer_to_human',
    ]);
  });

  it('go on ending a call in which the customer refused, though the answer was lost', () => {
    const refused = call([report('placed'), report('dtmf', DECIDED, { flags: ['REFUSED'] })]);
    expect(types(standingDirectives(refused))).toEqual(['end_call']);
    expect(types(directivesFor({ type: 'transcript' }, refused, true))).toEqual(['end_call']);
  });

  it('end a call that was withdrawn or never authorized, until it is over', () => {
    const withdrawn = call([report('placed')], { voidedAt: DECIDED });
    expect(types(standingDirectives(withdrawn))).toEqual(['end_call']);
    expect(types(directivesFor({ type: 'human_requested' }, withdrawn, true))).toEqual(['end_call']);
    const unauthorized = call([report('placed', DECIDED, { flags: ['UNAUTHORIZED_CALL'] })]);
    expect(types(standingDirectives(unauthorized))).toEqual(['end_call']);
    expect(standingDirectives(call([], { voidedAt: DECIDED }))).toEqual([]);
    expect(standingDirectives({ outcome: 'deny', reports: [report('not_placed')] })).toEqual([]);
    expect(standingDirectives({ outcome: 'allow', reports: [report('placed')] })).toEqual([]);
    const over = call([report('placed'), report('failed')], { voidedAt: DECIDED });
    expect(standingDirectives(over)).toEqual([]);
    expect(directivesFor({ type: 'refused', labels: ['refuse_now'] }, over, true)).toEqual([]);
  });

  it.each([
    ['9', true],
    ['99', true],
    ['9#', true],
    ['19', false],
    ['#', false],
    ['', false],
  ])('take %p as the opt-out key: %p', (digits, expected) => {
    expect(isOptOutKey(digits, '9')).toBe(expected);
  });
});
