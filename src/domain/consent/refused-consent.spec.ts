import { callFacts, policyOf, policyWith } from '../../../test/vectors/rules/rule-vectors';
import { shippedPolicyBody } from '../../packs/load-packs';
import { decide } from '../decision/decide';
import type { ConsentGrant, ConsentWithdrawal } from '../decision/facts';
import type { Pack } from '../policy/pack';
import { bodyFaults } from '../policy/body-faults';
import type { Policy } from '../policy/policy';
import { findZone, type Zone } from '../time/zones';
import { askAgainFrom } from './refused-consent';

const AT = '2026-11-20T10:00:00+08:00';
const refusal = (at: string, more: Partial<ConsentWithdrawal> = {}) => ({
  id: 'no-1',
  purposes: ['marketing', 'survey'],
  channels: ['voice_ai', 'voice_human', 'sms'],
  refused: true,
  ...more,
  at,
});
const grant = (grantedAt: string, more: Partial<ConsentGrant> = {}) => ({
  id: 'yes-1',
  scope: { kind: 'entity', id: 'bank' },
  purposes: ['marketing'],
  channels: ['voice_ai'],
  attributes: { express: true },
  ...more,
  grantedAt,
});

function objections(subject: object, campaign: object = {}, policy: Policy = policyWith()): string[][] {
  const facts = callFacts({ subject, campaign, ask: { personId: 'p-1' } }, { at: AT });
  return decide(facts, policy).reasons.map(({ code, rule, until }) =>
    until === undefined ? [code, rule] : [code, rule, new Date(until).toISOString()],
  );
}

const NO = ['REFUSAL_COOLDOWN', 'cn-cooldown-consent-refused'];

describe('a call to somebody who said no when asked for consent', () => {
  it('is refused in China for good, however long ago it was', () => {
    const subject = { grants: [], withdrawals: [refusal('2019-01-01T10:00:00+08:00')] };
    expect(objections(subject)).toEqual([['CONSENT_MISSING', 'cn-consent-marketing'], NO]);
  });

  it('is refused although consent was given before, which the "no" has ended', () => {
    const subject = {
      grants: [grant('2026-01-01T10:00:00+08:00')],
      withdrawals: [refusal('2026-03-01T10:00:00+08:00')],
    };
    expect(objections(subject)).toEqual([['CONSENT_WITHDRAWN', 'cn-consent-marketing'], NO]);
  });

  it('is allowed once the person has consented unasked, and stays so when that has lapsed', () => {
    const withdrawals = [refusal('2026-03-01T10:00:00+08:00')];
    expect(objections({ grants: [grant('2026-03-01T10:00:01+08:00')], withdrawals })).toEqual([]);
    expect(objections({ grants: [grant('2026-03-01T10:00:00+08:00')], withdrawals })).toContainEqual(NO);
    const lapsed = grant('2026-04-01T10:00:00+08:00', { expiresAt: Date.parse('2026-05-01T00:00:00Z') });
    expect(objections({ grants: [lapsed], withdrawals })).toEqual([
      ['CONSENT_EXPIRED', 'cn-consent-marketing'],
    ]);
    const toOther = grant('2026-04-01T10:00:00+08:00', { scope: { kind: 'entity', id: 'insurer' } });
    expect(objections({ grants: [toOther], withdrawals })).toContainEqual(NO);
  });

  it('is allowed where the "no" was about something else', () => {
    const about = (more: Partial<ConsentWithdrawal>) => ({
      withdrawals: [refusal('2026-03-01T10:00:00+08:00', more)],
    });
    expect(objections(about({ purposes: ['sensitive_use'] }))).toEqual([]);
    expect(objections(about({ channels: ['sms'] }))).toEqual([]);
    expect(objections(about({ scope: { kind: 'line', id: 'loans' } }))).toEqual([]);
    expect(objections(about({ scope: { kind: 'line', id: 'cards' } }))).toContainEqual(NO);
    expect(objections(about({ personId: 'p-9' }))).toEqual([]);
  });

  it('is allowed for a service', () => {
    const subject = { withdrawals: [refusal('2026-03-01T10:00:00+08:00', { purposes: ['service'] })] };
    expect(objections(subject, { purpose: 'service' })).toEqual([]);
  });

  const china = shippedPolicyBody().packs.find(({ id }) => id === 'cn') as Pack;
  const waiting = (wait: string): Pack => ({
    ...china,
    reaskConsentAfter: wait,
    rules: china.rules
      // Without a demand for consent nothing but the wait stands in the way.
      .filter(({ kind }) => kind !== 'consent')
      .map((rule) =>
        rule.id === 'cn-cooldown-consent-refused'
          ? ({ ...rule, values: { after: 'consent_refused', duration: wait } } as typeof rule)
          : rule,
      ),
  });

  it('is deferred elsewhere, for as long as the pack says', () => {
    const policy = policyOf([waiting('P180D')]);
    const said = (at: string) => ({ grants: [], withdrawals: [refusal(at)] });
    expect(objections(said('2026-05-24T10:00:01+08:00'), {}, policy)).toEqual([
      [...NO, '2026-11-20T02:00:01.000Z'],
    ]);
    expect(objections(said('2026-05-24T10:00:00+08:00'), {}, policy)).toEqual([]);
  });

  it('has one wait in a pack: a rule that says another is a fault', () => {
    expect(
      bodyFaults([{ ...waiting('P90D'), reaskConsentAfter: 'P180D' }], shippedPolicyBody().calendars),
    ).toEqual(['rule cn-cooldown-consent-refused has another wait than P180D']);
  });
});

describe('when consent may be asked for again', () => {
  const shanghai = findZone('Asia/Shanghai') as Zone;
  const at = Date.parse('2026-01-31T10:00:00+08:00');

  it.each([
    ['P180D', '2026-07-30T02:00:00.000Z'],
    ['P1M', '2026-02-28T02:00:00.000Z'],
  ])('is after %s', (wait, expected) => {
    expect(new Date(askAgainFrom(wait, at, [shanghai])).toISOString()).toBe(expected);
  });

  it('is never where the person must act', () => {
    expect(askAgainFrom('person_acts', at, [shanghai])).toBe(Infinity);
  });
});
