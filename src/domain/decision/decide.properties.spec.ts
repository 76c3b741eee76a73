import fc from 'fast-check';
import {
  calls,
  cooldown,
  preference,
  slots,
  subject,
  wish,
  withdrawal,
} from '../../../test/vectors/rules/arbitrary-calls';
import { policyOf, policyWith } from '../../../test/vectors/rules/rule-vectors';
import { shippedPolicyBody } from '../../packs/load-packs';
import type { Pack, Rule } from '../policy/pack';
import { DAY, MINUTE, SECOND } from '../time/instant';
import { coarsen } from './coarse';
import { decide } from './decide';
import type { DecisionFacts, SubjectFacts } from './facts';

const policy = policyWith(['ningxia']);
const runs = { numRuns: 400 };

const isAllowed = (facts: DecisionFacts, under = policy): boolean => decide(facts, under).outcome === 'allow';
const moved = (facts: DecisionFacts, at: number): DecisionFacts => ({ ...facts, at });
const withSubject = (facts: DecisionFacts, change: Partial<SubjectFacts>): DecisionFacts => ({
  ...facts,
  subject: { ...facts.subject, ...change },
});

describe('the calls of these properties', () => {
  it('are allowed, denied and deferred', () => {
    const outcomes = fc
      .sample(calls, { numRuns: 500, seed: 7 })
      .map((facts) => decide(facts, policy).outcome);
    for (const outcome of ['allow', 'deny', 'defer']) {
      expect(outcomes.filter((each) => each === outcome).length).toBeGreaterThan(20);
    }
  });
});

describe('more words of a person', () => {
  const words = fc.constantFrom(
    'wish',
    'preference',
    'withdrawal',
    'cooldown',
    'slot',
    'stop',
    'timeZone',
    'subdivision',
  );

  it('never turn a refusal into an allow', () => {
    const cases = calls.chain((facts) =>
      fc.record({
        facts: fc.constant(facts),
        word: words,
        wish: wish(facts.at),
        preference: preference(facts.at),
        withdrawal: withdrawal(facts.at),
        cooldown: cooldown(facts.at),
        slots: slots(facts.at),
        timeZone: fc.constantFrom('Asia/Tokyo', 'Europe/Berlin'),
      }),
    );
    fc.assert(
      fc.property(cases, ({ facts, word, ...more }) => {
        const { wishes, preferences, withdrawals, cooldowns, persons } = facts.subject;
        const after: Record<typeof word, DecisionFacts> = {
          wish: withSubject(facts, { wishes: [...wishes, more.wish] }),
          preference: withSubject(facts, { preferences: [...preferences, more.preference] }),
          withdrawal: withSubject(facts, { withdrawals: [...withdrawals, more.withdrawal] }),
          cooldown: withSubject(facts, { cooldowns: [...cooldowns, more.cooldown] }),
          slot: { ...facts, slots: [...facts.slots, ...more.slots] },
          stop: { ...facts, stops: [...facts.stops, { id: 's', reason: 'r' }] },
          timeZone: withSubject(facts, {
            persons: persons.map((person) => ({ timeZone: more.timeZone, ...person })),
          }),
          subdivision: { ...facts, ask: { subdivision: 'CN-NX', ...facts.ask } },
        };
        if (isAllowed(after[word])) expect(isAllowed(facts)).toBe(true);
      }),
      runs,
    );
  });
});

describe('a tighter policy', () => {
  const china = shippedPolicyBody().packs.find(({ id }) => id === 'cn') as Pack;
  const changed = (change: (rule: Rule) => Rule): Pack => ({ ...china, rules: china.rules.map(change) });
  const hour = fc.integer({ min: 9, max: 20 });

  const tightened: fc.Arbitrary<Pack> = fc.oneof(
    fc
      .tuple(hour, fc.integer({ min: 1, max: 12 }))
      .map(([from, length]) =>
        changed((rule) =>
          rule.kind === 'window'
            ? { ...rule, values: { open: narrowed(rule.values.open, from, Math.min(24, from + length)) } }
            : rule,
        ),
      ),
    fc
      .nat(2)
      .map((limit) =>
        changed((rule) =>
          rule.kind === 'cap'
            ? { ...rule, values: { ...rule.values, limit: Math.min(limit, rule.values.limit) } }
            : rule,
        ),
      ),
    fc.constant(
      changed((rule) =>
        rule.kind === 'consent'
          ? { ...rule, values: { ...rule.values, required: [...rule.values.required, 'separate' as const] } }
          : rule,
      ),
    ),
    fc.constant(
      changed((rule) =>
        rule.kind === 'cooldown' && rule.values.after !== 'consent_refused'
          ? { ...rule, values: { ...rule.values, duration: 'P60D' } }
          : rule,
      ),
    ),
    fc.constant<Pack>({ ...china, rules: [...china.rules, barred(china)] }),
  );

  it('never allows more', () => {
    fc.assert(
      fc.property(calls, tightened, (facts, pack) => {
        if (isAllowed(facts, policyOf([pack]))) expect(isAllowed(facts, policyWith())).toBe(true);
      }),
      runs,
    );
  });
});

function barred(pack: Pack): Rule {
  const [first] = pack.rules as [Rule];
  return { ...first, id: 'cn-barred', kind: 'ai_barred', values: {} };
}

/** Each entry cut to the hours from `from` to `to`; entries that vanish are left out. */
function narrowed<T extends { from: string; to: string }>(open: T[], from: number, to: number): T[] {
  const clock = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;
  return open
    .map((entry) => ({
      ...entry,
      from: entry.from > clock(from) ? entry.from : clock(from),
      to: entry.to < clock(to) ? entry.to : clock(to),
    }))
    .filter((entry) => entry.from < entry.to);
}

describe('the same facts and policy', () => {
  it('give the same answer, byte for byte, whatever was decided before', () => {
    fc.assert(
      fc.property(calls, (facts) => {
        const before = JSON.stringify(facts);
        const answer = JSON.stringify(decide(facts, policy));
        expect(JSON.stringify(decide(structuredClone(facts), policyWith(['ningxia'])))).toBe(answer);
        expect(JSON.stringify(decide(facts, policy))).toBe(answer);
        expect(JSON.stringify(facts)).toBe(before);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a deferral', () => {
  it('names the first whole second that is legal', () => {
    fc.assert(
      fc.property(
        calls,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
        (facts, parts) => {
          const { outcome, notBefore } = decide(facts, policy);
          if (outcome !== 'defer' || notBefore === undefined) return;
          expect(decide(moved(facts, notBefore), policy).reasons).toEqual([]);
          const first = Math.ceil(facts.at / SECOND) * SECOND;
          const between = parts.map(
            (part) => first + Math.floor((part * (notBefore - first)) / SECOND) * SECOND,
          );
          for (const at of [notBefore - SECOND, notBefore - MINUTE, ...between]) {
            if (at >= facts.at && at < notBefore) expect(isAllowed(moved(facts, at))).toBe(false);
          }
        },
      ),
      runs,
    );
  });

  it('is refused only where no instant of the next 400 days is legal', () => {
    fc.assert(
      fc.property(calls, fc.array(fc.nat(400 * 24 * 60), { maxLength: 20 }), (facts, minutes) => {
        const { outcome, reasons } = decide(facts, policy);
        if (outcome !== 'deny' || reasons.some(({ until }) => until === undefined)) return;
        for (const minute of minutes) {
          const at = Math.ceil(facts.at / SECOND) * SECOND + minute * MINUTE;
          if (at <= facts.at + 400 * DAY) expect(isAllowed(moved(facts, at))).toBe(false);
        }
      }),
      runs,
    );
  });
});

describe('an authorization', () => {
  it('lives while the call stays legal, and not longer', () => {
    fc.assert(
      fc.property(calls, fc.double({ min: 0, max: 1, noNaN: true }), (facts, part) => {
        const { expiresAt } = decide(facts, policy);
        if (expiresAt === undefined) return;
        for (const at of [expiresAt - 1, Math.floor(facts.at + part * (expiresAt - 1 - facts.at))]) {
          // Calls of the future, which only a preview of the past can hold, may come in between.
          const known = facts.slots.filter(({ decidedAt }) => decidedAt <= facts.at);
          expect(isAllowed({ ...moved(facts, at), slots: known })).toBe(true);
        }
        if (expiresAt < facts.at + facts.ttl) expect(isAllowed(moved(facts, expiresAt))).toBe(false);
      }),
      runs,
    );
  });
});

describe('what a vendor is told', () => {
  it('is the same for every cause that lies with the person', () => {
    const pairs = calls.chain((facts) =>
      fc.record({ facts: fc.constant(facts), subject: subject(facts.at), slots: slots(facts.at) }),
    );
    fc.assert(
      fc.property(pairs, ({ facts, subject: other, slots: otherSlots }) => {
        const one = decide(facts, policy);
        const two = decide({ ...facts, subject: other, slots: otherSlots }, policy);
        if (one.outcome !== two.outcome || one.outcome === 'allow') return;
        expect(JSON.stringify(coarsen(one))).toBe(JSON.stringify(coarsen(two)));
      }),
      runs,
    );
  });

  it('names nothing but codes of its own request, NOT_CALLABLE and NOT_NOW', () => {
    const allowed = [
      'NUMBER_INVALID',
      'NUMBER_NOT_CALLABLE',
      'JURISDICTION_UNSUPPORTED',
      'CAMPAIGN_UNKNOWN',
      'CAMPAIGN_INACTIVE',
      'SCRIPT_NOT_APPROVED',
      'CALLER_ID_NOT_ALLOWED',
      'PURPOSE_NOT_ALLOWED',
      'NOT_CALLABLE',
      'NOT_NOW',
    ];
    fc.assert(
      fc.property(calls, (facts) => {
        for (const { code } of coarsen(decide(facts, policy)).reasons) expect(allowed).toContain(code);
      }),
      { numRuns: 500 },
    );
  });
});
