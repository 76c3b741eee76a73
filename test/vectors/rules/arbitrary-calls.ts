import fc from 'fast-check';
import type {
  ConsentGrant,
  ConsentWithdrawal,
  Cooldown,
  DecisionFacts,
  PersonFacts,
  Preference,
  Slot,
  SubjectFacts,
  Wish,
} from '../../../src/domain/decision/facts';
import {
  AGE_BANDS,
  CALLER_ID_CLASSES,
  CHANNELS,
  CONSENT_PURPOSES,
  PRODUCT_RISKS,
  PURPOSES,
  VOICES,
  type CallerIdClass,
} from '../../../src/domain/decision/purpose';
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/domain/time/instant';
import { WEEKDAYS } from '../../../src/domain/time/week-hours';
import { callFacts } from './rule-vectors';

const FIRST = Date.parse('2026-01-01T00:00:00+08:00');
const LAST = Date.parse('2026-12-31T23:59:59+08:00');

/** Instants of 2026, often at or around the edges of hours and days. */
export const instants = fc.oneof(
  fc.integer({ min: FIRST, max: LAST }),
  fc
    .tuple(
      fc.nat(364),
      fc.constantFrom(0, 9, 12, 14, 18, 21),
      fc.constantFrom(-SECOND, -1, 0, 1, 500, SECOND),
    )
    .map(([day, hour, shift]) => FIRST + day * DAY + hour * HOUR + shift),
);

/** Instants not far from another one, before and after it. */
const near = (at: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: -2 * HOUR, max: 2 * HOUR }).map((shift) => at + shift),
    fc.integer({ min: -800, max: 800 }).map((hours) => at + hours * HOUR),
    fc.constantFrom(at - 1, at, at + 1),
  );

const ids = fc.constantFrom('p-1', 'p-2');
const sometimes = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });
const mostly = <T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: 4 }, { arbitrary: other, weight: 1 });
const timeZones = fc.constantFrom('Asia/Shanghai', 'Asia/Tokyo', 'Asia/Bangkok', 'Europe/Berlin');
const subdivisions = fc.constantFrom('CN-GD', 'CN-NX');
const clock = fc.integer({ min: 0, max: 23 }).map((hour) => `${String(hour).padStart(2, '0')}:00`);
const scope = fc.oneof(
  fc.constant({ kind: 'group' as const }),
  fc.constantFrom(
    { kind: 'entity' as const, id: 'bank' },
    { kind: 'line' as const, id: 'cards' },
    { kind: 'product' as const, id: 'silver-card' },
    { kind: 'campaign' as const, id: 'spring-card' },
  ),
);

export const wish = (at: number): fc.Arbitrary<Wish> =>
  withoutUndefined<Wish>({
    id: fc.uuid(),
    scope,
    channels: fc.subarray([...CHANNELS]),
    purposes: fc.subarray([...PURPOSES]),
    source: fc.constantFrom('customer', 'officer'),
    recordedAt: near(at),
    until: sometimes(near(at)),
  });

export const preference = (at: number): fc.Arbitrary<Preference> =>
  withoutUndefined<Preference>({
    id: fc.uuid(),
    recordedAt: near(at),
    quietUntil: sometimes(near(at)),
    hours: sometimes(
      fc.array(
        fc.record({
          days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
          from: clock,
          to: fc.constant('24:00'),
        }),
        { maxLength: 2 },
      ),
    ),
    noAiVoice: sometimes(fc.boolean()),
  });

export const grant = (at: number): fc.Arbitrary<ConsentGrant> =>
  withoutUndefined<ConsentGrant>({
    id: fc.uuid(),
    personId: sometimes(ids),
    scope: fc.constantFrom(
      { kind: 'entity', id: 'bank' },
      { kind: 'entity', id: 'insurer' },
      { kind: 'group', id: 'g' },
    ),
    purposes: fc.subarray([...CONSENT_PURPOSES], { minLength: 3 }),
    channels: fc.subarray([...CHANNELS], { minLength: 1 }),
    attributes: fc.record({ express: fc.boolean(), separate: fc.boolean(), uiDefaultOn: fc.boolean() }),
    grantedAt: near(at),
    expiresAt: sometimes(near(at)),
  });

export const withdrawal = (at: number): fc.Arbitrary<ConsentWithdrawal> =>
  withoutUndefined<ConsentWithdrawal>({
    id: fc.uuid(),
    personId: sometimes(ids),
    purposes: fc.subarray([...CONSENT_PURPOSES]),
    channels: fc.subarray([...CHANNELS]),
    at: near(at),
  });

export const cooldown = (at: number): fc.Arbitrary<Cooldown> =>
  withoutUndefined<Cooldown>({
    id: fc.uuid(),
    kind: fc.constantFrom('refuse_now', 'not_interested'),
    at: near(at),
    until: sometimes(near(at)),
  });

export const slot = (at: number): fc.Arbitrary<Slot> =>
  fc
    .record({
      decidedAt: near(at),
      placedAfter: sometimes(fc.nat(30 * SECOND)),
      redeemed: fc.boolean(),
      answered: sometimes(fc.boolean()),
      seconds: sometimes(fc.nat(600)),
      purpose: fc.constantFrom(...PURPOSES),
    })
    .map(({ decidedAt, placedAfter, redeemed, answered, seconds, purpose }) => ({
      callId: `c-${decidedAt}`,
      campaignId: 'spring-card',
      purpose,
      decidedAt,
      expiresAt: decidedAt + 30 * SECOND,
      ...(redeemed ? { redeemedAt: decidedAt + SECOND } : {}),
      ...(placedAfter === undefined ? {} : { placedAt: decidedAt + placedAfter }),
      ...(answered === undefined ? {} : { answered }),
      ...(seconds === undefined || placedAfter === undefined
        ? {}
        : { endedAt: decidedAt + placedAfter + seconds * SECOND }),
    }));

const person: fc.Arbitrary<PersonFacts> = withoutUndefined<PersonFacts>({
  personId: ids,
  ageBand: sometimes(fc.constantFrom(...AGE_BANDS)),
  timeZone: sometimes(timeZones),
  subdivision: sometimes(subdivisions),
});

/** What is known of a person; half of the time nothing that refuses. */
export const subject = (at: number): fc.Arbitrary<SubjectFacts> =>
  fc.oneof(
    fc.constant(callFacts().subject),
    fc.record({
      persons: fc.uniqueArray(person, { maxLength: 2, selector: ({ personId }) => personId }),
      wishes: fc.array(wish(at), { maxLength: 2 }),
      preferences: fc.array(preference(at), { maxLength: 2 }),
      grants: fc.array(grant(at), { maxLength: 2 }).map((some) => [...some, ...callFacts().subject.grants]),
      withdrawals: fc.array(withdrawal(at), { maxLength: 1 }),
      cooldowns: fc.array(cooldown(at), { maxLength: 2 }),
    }),
  );

export const slots = (at: number): fc.Arbitrary<Slot[]> => fc.array(slot(at), { maxLength: 5 });

/** Calls of every purpose and voice, to persons of every kind, at any instant of 2026. */
export const calls: fc.Arbitrary<DecisionFacts> = instants.chain((at) =>
  fc
    .record({
      purpose: fc.oneof(fc.constant('marketing' as const), fc.constantFrom(...PURPOSES)),
      voice: fc.constantFrom(...VOICES),
      productRisk: sometimes(fc.constantFrom(...PRODUCT_RISKS)),
      sharesData: fc.boolean(),
      approvedUntil: mostly(LAST + 90 * DAY, near(at)),
      rightOfUseExpires: mostly(LAST + 900 * DAY, near(at)),
      callerIdClass: mostly<CallerIdClass>('enterprise', fc.constantFrom(...CALLER_ID_CLASSES)),
      timeZone: sometimes(timeZones),
      subdivision: sometimes(subdivisions),
      personId: sometimes(ids),
      ttl: fc.constantFrom(30 * SECOND, 2 * MINUTE),
      subject: subject(at),
      slots: slots(at),
    })
    .map((drawn) => {
      const base = callFacts();
      const { timeZone, subdivision, personId, productRisk, voice, purpose } = drawn;
      const campaign = base.campaign as NonNullable<DecisionFacts['campaign']>;
      const callerId = base.callerId as NonNullable<DecisionFacts['callerId']>;
      const { productRisk: _, ...rest } = campaign;
      return {
        ...base,
        at,
        ttl: drawn.ttl,
        ask: {
          ...base.ask,
          voice,
          ...(timeZone === undefined ? {} : { timeZone }),
          ...(subdivision === undefined ? {} : { subdivision }),
          ...(personId === undefined ? {} : { personId }),
        },
        campaign: {
          ...rest,
          ...(productRisk === undefined ? {} : { productRisk }),
          purpose,
          voice,
          sharesData: drawn.sharesData && drawn.subject.grants.length > 1,
          approvedUntil: drawn.approvedUntil,
        },
        callerId: { ...callerId, class: drawn.callerIdClass, rightOfUseExpires: drawn.rightOfUseExpires },
        subject: drawn.subject,
        slots: drawn.slots,
      };
    }),
);

/** A record without the members that were drawn as undefined, as JSON would leave them out. */
function withoutUndefined<T extends object>(members: {
  [K in keyof T]: fc.Arbitrary<T[K] | undefined>;
}): fc.Arbitrary<T> {
  return fc
    .record(members as Record<string, fc.Arbitrary<unknown>>)
    .map(
      (drawn) => Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined)) as T,
    );
}
