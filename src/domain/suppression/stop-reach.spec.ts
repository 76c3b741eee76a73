import fc from 'fast-check';
import type { DecisionFacts } from '../decision/facts';
import { parseNumber } from '../phone/parse-number';
import { reaches, stoppableCall, stopsOf } from './stop-reach';
import { outlives, type Stop, STOP_SCOPES, type StopScope } from './stops';

const AT = Date.UTC(2026, 10, 20, 2);
const AREAS = new Map([
  ['CN:951', 'CN-NX'],
  ['CN:10', 'CN-BJ'],
]);
type Known = Parameters<typeof stoppableCall>[0];

const known = (
  to: string,
  more: { subdivision?: string; lives?: string; vendorId?: string } = {},
): Known => ({
  ask: {
    number: parseNumber(to),
    campaignId: 'spring',
    callerId: '95588',
    voice: 'ai',
    ...(more.subdivision === undefined ? {} : { subdivision: more.subdivision }),
    ...(more.vendorId === undefined ? {} : { vendorId: more.vendorId }),
  },
  campaign: {
    id: 'spring',
    entity: 'bank',
    line: 'cards',
    product: 'gold',
    purpose: 'marketing',
    vendorId: 'vendor-7',
    callerIds: ['main'],
    voice: 'ai',
    state: 'running',
    sharesData: false,
    usesSensitiveData: false,
  },
  callerId: {
    id: 'main',
    class: 'enterprise',
    entity: 'bank',
    purposes: ['marketing'],
    vendors: [],
    rightOfUseExpires: AT,
  },
  subject: {
    persons: more.lives === undefined ? [] : [{ personId: 'p', subdivision: more.lives }],
    wishes: [],
    preferences: [],
    grants: [],
    withdrawals: [],
    cooldowns: [],
  },
});
const stop = (scope: StopScope, more: Partial<Stop> = {}): Stop => ({
  id: 's',
  scope,
  live: 'end',
  reason: 'r',
  recordedAt: AT,
  ...more,
});
const MOBILE = '+8613800138001';
const YINCHUAN = '+869516012345';

describe('the reach of a stop', () => {
  it.each<[StopScope, string, Parameters<typeof known>[1], boolean]>([
    [{ kind: 'all' }, MOBILE, {}, true],
    [{ kind: 'entity', id: 'bank' }, MOBILE, {}, true],
    [{ kind: 'entity', id: 'fund' }, MOBILE, {}, false],
    [{ kind: 'line', id: 'cards' }, MOBILE, {}, true],
    [{ kind: 'line', id: 'loans' }, MOBILE, {}, false],
    [{ kind: 'vendor', id: 'vendor-7' }, MOBILE, {}, true],
    [{ kind: 'vendor', id: 'vendor-8' }, MOBILE, {}, false],
    [{ kind: 'campaign', id: 'spring' }, MOBILE, {}, true],
    [{ kind: 'campaign', id: 'autumn' }, MOBILE, {}, false],
    [{ kind: 'callerId', id: 'main' }, MOBILE, {}, true],
    [{ kind: 'callerId', id: 'other' }, MOBILE, {}, false],
    [{ kind: 'purpose', id: 'marketing' }, MOBILE, {}, true],
    [{ kind: 'purpose', id: 'fraud_alert' }, MOBILE, {}, false],
    [{ kind: 'country', id: 'CN' }, MOBILE, {}, true],
    [{ kind: 'country', id: 'US' }, MOBILE, {}, false],
    [{ kind: 'country', id: 'US' }, MOBILE, { lives: 'US-CA' }, true],
    [{ kind: 'subdivision', id: 'CN-NX' }, MOBILE, {}, false],
    [{ kind: 'subdivision', id: 'CN-NX' }, YINCHUAN, {}, true],
    [{ kind: 'subdivision', id: 'CN-NX' }, MOBILE, { subdivision: 'CN-NX' }, true],
    [{ kind: 'subdivision', id: 'CN-NX' }, MOBILE, { lives: 'CN-NX' }, true],
    [{ kind: 'subdivision', id: 'CN-BJ' }, YINCHUAN, {}, false],
    // Hong Kong is a part of China to ISO 3166-2 and a place of its own to the law.
    [{ kind: 'subdivision', id: 'CN-HK' }, '+85251234567', {}, true],
    [{ kind: 'country', id: 'HK' }, MOBILE, { lives: 'CN-HK' }, true],
    [{ kind: 'country', id: 'CN' }, 'nonsense', {}, false],
    [{ kind: 'all' }, 'nonsense', {}, true],
  ])('of %j for %s %j: %p', (scope, to, more, expected) => {
    expect(reaches(scope, stoppableCall(known(to, more), AREAS))).toBe(expected);
  });

  it('is that of the asking vendor where no campaign is known', () => {
    const { campaign: _, ...unknown } = known(MOBILE, { vendorId: 'vendor-9' });
    const call = stoppableCall(unknown, AREAS);
    expect(reaches({ kind: 'vendor', id: 'vendor-9' }, call)).toBe(true);
    expect(reaches({ kind: 'campaign', id: 'spring' }, call)).toBe(false);
  });

  it('refuses until its end and not at it', () => {
    const facts = (at: number): Known & Pick<DecisionFacts, 'at'> => ({ ...known(MOBILE), at });
    const stops = [
      stop({ kind: 'all' }, { until: AT + 10 }),
      stop({ kind: 'all' }, { id: 't', liftedAt: AT + 5 }),
    ];
    const ids = (at: number) => stopsOf(stops, facts(at), AREAS).map(({ id }) => id);
    expect([ids(AT), ids(AT + 5), ids(AT + 9), ids(AT + 10)]).toEqual([['s', 't'], ['s'], ['s'], []]);
  });

  it('never shrinks by another stop, and no lift or end brings back what was allowed before', () => {
    const scope = fc
      .constantFrom(...STOP_SCOPES)
      .chain((kind) =>
        kind === 'all'
          ? fc.constant<StopScope>({ kind })
          : fc
              .constantFrom('bank', 'cards', 'vendor-7', 'spring', 'main', 'CN', 'CN-NX', 'marketing')
              .map((id): StopScope => ({ kind, id })),
      );
    const arbitrary = fc.record({ scope, end: fc.integer({ min: -50, max: 50 }) });
    fc.assert(
      fc.property(fc.array(arbitrary), arbitrary, fc.integer({ min: -60, max: 60 }), (some, more, offset) => {
        const made = [...some, more].map(({ scope: of, end }, index) =>
          stop(of, { id: String(index), liftedAt: AT + end }),
        );
        const facts = { ...known(YINCHUAN), at: AT + offset };
        const without = stopsOf(made.slice(0, -1), facts, AREAS);
        expect(stopsOf(made, facts, AREAS)).toEqual(expect.arrayContaining(without));
        // Whatever a stop refused at a moment it also takes back of what was allowed up to then.
        for (const each of made) {
          if (outlives(each, facts.at)) expect(outlives(each, facts.at - 1)).toBe(true);
        }
      }),
    );
  });
});
