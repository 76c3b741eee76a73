import type { Slot } from '../decision/facts';
import { MINUTE, SECOND } from '../time/instant';
import { judgeReport, NOT_PLACED_GRACE, type ReportedCall } from './judge-report';
import type { Report } from './report';

const DECIDED = Date.UTC(2026, 10, 20, 2);
const EXPIRES = DECIDED + 30 * SECOND;
const SLOT: Slot = {
  callId: 'call-1',
  campaignId: 'spring-card',
  purpose: 'marketing',
  decidedAt: DECIDED,
  expiresAt: EXPIRES,
};
const allowed = (slot?: Partial<Slot>, earlier: Report[] = []): ReportedCall => ({
  outcome: 'allow',
  expiresAt: EXPIRES,
  slot: { ...SLOT, ...slot },
  earlier,
});
const report = (type: Report['type'], at: number, effective = true): Report => ({
  type,
  at,
  effective,
  flags: [],
});

describe('not_placed', () => {
  const own = { type: 'not_placed', at: DECIDED, ownClient: true } as const;

  it('gives the slot back until ten minutes after expiry, and not a millisecond longer', () => {
    expect(judgeReport(allowed(), own, EXPIRES + NOT_PLACED_GRACE)).toEqual({ effective: true, flags: [] });
    expect(judgeReport(allowed(), own, EXPIRES + NOT_PLACED_GRACE + 1)).toEqual({
      effective: false,
      flags: ['LATE_NOT_PLACED'],
    });
  });

  it('is believed only of the client that asked', () => {
    expect(judgeReport(allowed(), { ...own, ownClient: false }, EXPIRES).flags).toEqual(['FOREIGN_CLIENT']);
  });

  it('does not undo what was reported or redeemed before', () => {
    const placed = allowed({}, [report('placed', DECIDED)]);
    expect(judgeReport(placed, own, EXPIRES)).toEqual({ effective: false, flags: ['CONTRADICTION'] });
    const redeemed = allowed({ redeemedAt: DECIDED });
    expect(judgeReport(redeemed, own, EXPIRES)).toEqual({ effective: false, flags: ['CONTRADICTION'] });
  });

  it('is not contradicted by a report that itself took no effect, nor by itself', () => {
    const call = allowed({}, [report('placed', DECIDED, false), report('not_placed', DECIDED)]);
    expect(judgeReport(call, own, EXPIRES)).toEqual({ effective: true, flags: [] });
  });

  it('gives back nothing that is not there', () => {
    const { slot: _slot, ...without } = allowed();
    expect(judgeReport(without, own, EXPIRES)).toEqual({ effective: false, flags: ['CONTRADICTION'] });
    const again = { ...without, earlier: [report('not_placed', DECIDED)] };
    expect(judgeReport(again, own, EXPIRES)).toEqual({ effective: true, flags: [] });
  });

  it('of a refused call is harmless', () => {
    expect(judgeReport({ outcome: 'deny', earlier: [] }, own, EXPIRES)).toEqual({
      effective: false,
      flags: [],
    });
  });
});

describe('placed, and all that implies it', () => {
  const placed = (at: number) => ({ type: 'placed', at, ownClient: true }) as const;

  it('takes effect within the authorization', () => {
    expect(judgeReport(allowed(), placed(EXPIRES - 1), EXPIRES)).toEqual({ effective: true, flags: [] });
  });

  it('counts, flagged, after a not_placed that took effect: the authorization is gone, but the phone rang', () => {
    const call = allowed({}, [report('not_placed', DECIDED)]);
    expect(judgeReport(call, placed(DECIDED), EXPIRES)).toEqual({
      effective: true,
      flags: ['UNAUTHORIZED_CALL', 'CONTRADICTION'],
    });
  });

  it.each<[Report['type'], number, number | undefined, boolean]>([
    ['ringing', 0, undefined, true],
    ['answered', 2 * MINUTE - 1, undefined, false],
    ['answered', 2 * MINUTE, undefined, true],
    ['failed', 2 * MINUTE, undefined, true],
    ['machine_detected', 2 * MINUTE, undefined, true],
    ['ended', 10 * MINUTE, undefined, false],
    ['ended', 10 * MINUTE, 8 * 60 + 1, false],
    ['ended', 10 * MINUTE, 8 * 60, true],
    ['transcript', 10 * MINUTE, undefined, false],
  ])(
    'as %s alone, %p ms after expiry and %p s long, is of an unauthorized call: %p',
    (type, after, seconds, late) => {
      const told = {
        type,
        at: EXPIRES + after,
        ownClient: true,
        ...(seconds === undefined ? {} : { seconds }),
      };
      expect(judgeReport(allowed(), told, EXPIRES + after).flags).toEqual(late ? ['UNAUTHORIZED_CALL'] : []);
    },
  );

  it('reported late of a call that began in time is nothing, but a second beginning is', () => {
    const call = allowed({ placedAt: DECIDED }, [report('answered', DECIDED)]);
    const answered = { type: 'answered', at: EXPIRES + 10 * MINUTE, ownClient: true } as const;
    expect(judgeReport(call, answered, EXPIRES).flags).toEqual([]);
    expect(judgeReport(call, placed(EXPIRES), EXPIRES).flags).toEqual(['UNAUTHORIZED_CALL']);
    const ringing = { type: 'ringing', at: EXPIRES + 1, ownClient: true } as const;
    expect(judgeReport(call, ringing, EXPIRES + 1).flags).toEqual([]);
    expect(judgeReport(allowed({ redeemedAt: DECIDED }), placed(EXPIRES), EXPIRES).flags).toEqual([]);
  });

  it.each<[string, ReportedCall, number]>([
    ['a refused call', { outcome: 'deny', earlier: [] }, DECIDED],
    ['a deferred call', { outcome: 'defer', earlier: [] }, DECIDED],
    ['an allow without an end, which cannot be', { outcome: 'allow', earlier: [] }, DECIDED],
    ['an expired authorization', allowed(), EXPIRES],
    ['a withdrawn authorization', allowed({ voidedAt: DECIDED + SECOND }), DECIDED + SECOND],
  ])('is flagged and counts for %s', (_, call, at) => {
    expect(judgeReport(call, placed(at), at + MINUTE)).toEqual({
      effective: true,
      flags: ['UNAUTHORIZED_CALL'],
    });
  });

  it('of a refused call counts even after a not_placed', () => {
    const call: ReportedCall = { outcome: 'deny', earlier: [report('not_placed', DECIDED, false)] };
    expect(judgeReport(call, placed(DECIDED), EXPIRES)).toEqual({
      effective: true,
      flags: ['UNAUTHORIZED_CALL'],
    });
  });

  it('is authorized where the call began before the authorization was withdrawn or ran out', () => {
    const voided = { voidedAt: DECIDED + SECOND };
    expect(judgeReport(allowed(voided), placed(DECIDED), EXPIRES).flags).toEqual([]);
    const ended = { type: 'ended', at: EXPIRES + MINUTE, ownClient: true } as const;
    expect(judgeReport(allowed({ placedAt: DECIDED, ...voided }), ended, EXPIRES + MINUTE).flags).toEqual([]);
    expect(judgeReport(allowed({ redeemedAt: DECIDED, ...voided }), ended, EXPIRES + MINUTE).flags).toEqual(
      [],
    );
    expect(judgeReport(allowed(), ended, EXPIRES + MINUTE).flags).toEqual([]);
  });

  it('stays unauthorized once it was', () => {
    const call = allowed({ placedAt: DECIDED }, [
      { ...report('placed', DECIDED), flags: ['UNAUTHORIZED_CALL'] },
    ]);
    expect(judgeReport(call, placed(DECIDED), EXPIRES).flags).toEqual(['UNAUTHORIZED_CALL']);
  });
});
