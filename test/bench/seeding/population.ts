import type {
  CampaignFacts,
  ConsentGrant,
  Slot,
  SubjectFacts,
  Wish,
} from '../../../src/domain/decision/facts';
import type { E164 } from '../../../src/domain/phone/e164';
import { DAY, HOUR, type Instant } from '../../../src/domain/time/instant';
import { uuidV7 } from '../../../src/platform/ids/uuid-v7';

/**
 * Who is in the benchmark's database. Everybody is made from a running number, so that the load generator knows
 * whom it asks for without reading the database, and two runs ask the same questions.
 */

export const CAMPAIGN: Pick<CampaignFacts, 'id' | 'entity' | 'line' | 'product' | 'purpose'> = {
  id: 'spring-card',
  entity: 'bank',
  line: 'cards',
  product: 'spring-card',
  purpose: 'marketing',
};
export const VENDOR = 'vendor-7';
export const CALLER_ID = '95588';

/** A working day of 2026, in the afternoon hours of Shanghai; the calendar of that year is in the pack. */
const FIRST_ROUND = Date.parse('2026-11-18T14:15:00+08:00');

/**
 * Each round is asked on another day, an hour later than the one before: so everybody may be called again although the
 * daily caps count over 24 hours, and the attempts of earlier rounds are on the rows as they would be.
 */
export const roundStart = (round: number): Instant => FIRST_ROUND + round * (DAY + HOUR);

const HISTORY = 90 * DAY;
const FIRST_NUMBER = 13_800_000_000;

export interface Person {
  number: E164;
  subjectId: string;
  numberId: string;
  admittedAt: Instant;
  facts: SubjectFacts;
  slots: Slot[];
}

/** +86 138 …: a mobile number that the number plan knows. */
export const numberOf = (index: number): E164 => `+86${FIRST_NUMBER + index}` as E164;

/** Of 20 people one has no consent, one does not want to be called, and the other 18 may be. */
const hasNoConsent = (index: number): boolean => index % 20 === 7;
const wantsNoCalls = (index: number): boolean => index % 20 === 13;
/** Makes up for those without consent: one consent for each person on average. */
const hasTwoConsents = (index: number): boolean => index % 20 === 3;

/** A hash of 32 bits with good dispersion (the finaliser of MurmurHash3). */
export function scatter(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Members stand in canonical order, so that `JSON.stringify` writes them as RFC 8785 does. */
export function personOf(index: number, population: number): Person {
  const admittedAt = FIRST_ROUND - 700 * DAY + Math.floor((index / population) * 600 * DAY);
  const subjectId = uuidV7(admittedAt);
  return {
    number: numberOf(index),
    subjectId,
    numberId: uuidV7(admittedAt),
    admittedAt,
    facts: {
      cooldowns: [],
      grants: grantsOf(index, subjectId, admittedAt),
      persons: [{ ageBand: '18_64', personId: subjectId }],
      preferences: [],
      wishes: [wishOf(index, admittedAt)],
      withdrawals: [],
    },
    slots: slotsOf(index),
  };
}

function grantsOf(index: number, personId: string, admittedAt: Instant): ConsentGrant[] {
  if (hasNoConsent(index)) return [];
  const grantTo = (entity: string, days: number): ConsentGrant => {
    const grantedAt = admittedAt + days * DAY;
    return {
      attributes: { express: true, separate: true, written: true },
      channels: ['voice_ai', 'voice_human'],
      grantedAt,
      id: uuidV7(grantedAt),
      personId,
      purposes: ['marketing'],
      scope: { id: entity, kind: 'entity' },
    };
  };
  const own = grantTo(CAMPAIGN.entity, 1);
  return hasTwoConsents(index) ? [own, grantTo('wealth', 2)] : [own];
}

/** Everybody has asked for something; most of it is about other channels and products. */
function wishOf(index: number, admittedAt: Instant): Wish {
  const recordedAt = admittedAt + 3 * DAY;
  const head = { id: uuidV7(recordedAt), purposes: ['marketing', 'survey'] as Wish['purposes'], recordedAt };
  const wish = (channels: Wish['channels'], scope: Wish['scope']): Wish => {
    const { id, purposes } = head;
    return { channels, id, purposes, recordedAt, scope, source: 'customer' };
  };
  if (wantsNoCalls(index)) return wish(['voice_ai', 'voice_human', 'sms'], { kind: 'group' });
  if (index % 2 === 0) return wish(['sms'], { kind: 'group' });
  return wish(['voice_ai', 'voice_human', 'sms'], { id: 'insurance', kind: 'line' });
}

/** Up to ten attempts in ninety days, five on average, never so many at once that a cap is full. */
function slotsOf(index: number): Slot[] {
  const count = scatter(index) % 11;
  const slots: Slot[] = [];
  for (let attempt = 0; attempt < count; attempt++) {
    const share = (attempt + (scatter(index * 16 + attempt) % 1_000) / 1_000) / count;
    const decidedAt = Math.floor(FIRST_ROUND - HISTORY + share * (HISTORY - 2 * DAY));
    const placedAt = decidedAt + 1_200;
    slots.push({
      answered: attempt % 3 === 0,
      callId: uuidV7(decidedAt),
      campaignId: CAMPAIGN.id,
      decidedAt,
      endedAt: placedAt + 45_000,
      expiresAt: decidedAt + 30_000,
      placedAt,
      purpose: CAMPAIGN.purpose,
    });
  }
  return slots;
}

/**
 * The order in which people are asked for: every index once, neighbours in the order far apart in the tables. The
 * step is odd and no multiple of five, so it has no divisor in common with a population made of twos and fives.
 */
export function askedIndex(position: number, population: number): number {
  const step = Math.floor(population * 0.618_033_9) | 1;
  return (position * (step % 5 === 0 ? step + 2 : step)) % population;
}
