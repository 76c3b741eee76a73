import type { NumberVerdict } from '../phone/number-verdict';
import type { Instant } from '../time/instant';
import type { HoursOfDays } from '../time/week-hours';
import type { AgeBand, CallerIdClass, Channel, ConsentPurpose, ProductRisk, Purpose, Voice } from './purpose';

/**
 * Everything a decision may know of the called person. It is stored as canonical JSON on the subject row that the
 * decision locks, so no rule can see anything stale (RULINGS 1). A subject holds one person, or — for a number
 * that several customers claim — a household (RULINGS 3), or nobody known yet (`persons` empty).
 */
export interface SubjectFacts {
  persons: PersonFacts[];
  wishes: Wish[];
  preferences: Preference[];
  grants: ConsentGrant[];
  withdrawals: ConsentWithdrawal[];
  cooldowns: Cooldown[];
}

export interface PersonFacts {
  personId: string;
  ageBand?: AgeBand;
  timeZone?: string;
  subdivision?: string;
}

export type WishScope = { kind: 'group' } | { kind: 'entity' | 'line' | 'product' | 'campaign'; id: string };

export const WISH_SOURCES = [
  'customer',
  'wrong_person',
  'vulnerable',
  'complaint',
  'officer',
  'import',
  'carrier_signal',
] as const;
export type WishSource = (typeof WISH_SOURCES)[number];

/** A wish not to be called (a suppression). Released wishes leave the subject row; their history does not. */
export interface Wish {
  id: string;
  scope: WishScope;
  channels: Channel[];
  purposes: Purpose[];
  source: WishSource;
  recordedAt: Instant;
  until?: Instant;
  /** It speaks of one number of the row only, named by its tag in hex: a wrong person's number (OPTOUT.md). */
  number?: string;
}

/** The person's own preferences. Several narrow together: pauses take the latest, hours intersect, flags are or-ed. */
export interface Preference {
  id: string;
  recordedAt: Instant;
  quietUntil?: Instant;
  hours?: HoursOfDays[];
  noAiVoice?: boolean;
  noProfiling?: boolean;
  language?: string;
}

/** None implies another (READINGS 13). Absent means false. */
export interface ConsentAttributes {
  express?: boolean;
  written?: boolean;
  signed?: boolean;
  separate?: boolean;
  bundledInTerms?: boolean;
  uiDefaultOn?: boolean;
}

export interface ConsentGrant {
  id: string;
  /** Whose consent, where known: on a household row one person's consent never speaks for another. */
  personId?: string;
  scope: { kind: 'entity' | 'group'; id: string };
  purposes: ConsentPurpose[];
  channels: Channel[];
  attributes: ConsentAttributes;
  grantedAt: Instant;
  expiresAt?: Instant;
  /** Written down more than a day after it was given. Present only where that is so. */
  backdated?: true;
}

/**
 * The person took consent back, or said no when asked for it: for these cells, calls within its scope and this person a
 * grant counts only where `grantedAt > at` (RULINGS 19: equal instants stop).
 */
export interface ConsentWithdrawal {
  id: string;
  personId?: string;
  /** Absent: every call. */
  scope?: WishScope;
  purposes: ConsentPurpose[];
  channels: Channel[];
  at: Instant;
  /** It takes back this one consent, which never was the person's, and no other. */
  consentId?: string;
  /** It was the answer to a request for consent, which may not be repeated for a while (RULINGS 23). */
  refused?: true;
}

/** "Not now" and "not interested" during a call (RULINGS 23): not a wish, a pause whose length the pack knows. */
export interface Cooldown {
  id: string;
  kind: 'refuse_now' | 'not_interested';
  at: Instant;
  /** The time the person named; otherwise the pack's default counts from `at`. */
  until?: Instant;
  campaignId?: string;
}

/**
 * One allowed call on the subject row: an authorization first, an attempt afterwards (RULINGS 4–5).
 * `not_placed` and history beyond the longest cap leave the row.
 */
export interface Slot {
  callId: string;
  campaignId: string;
  purpose: Purpose;
  decidedAt: Instant;
  expiresAt: Instant;
  /** Set by a wish, stop or pause that came after the allow: the token no longer redeems, a call under way must end. */
  voidedAt?: Instant;
  redeemedAt?: Instant;
  /** Clamped to [decidedAt, expiresAt]; absent and past `expiresAt` means presumed placed at `expiresAt`. */
  placedAt?: Instant;
  answered?: boolean;
  endedAt?: Instant;
}

/** A registered caller number, judged by the pack's `caller_id` rules. */
export interface CallerIdFacts {
  id: string;
  class: CallerIdClass;
  entity: string;
  purposes: Purpose[];
  vendors: string[];
  rightOfUseExpires: Instant;
}

export interface CampaignFacts {
  id: string;
  entity: string;
  line: string;
  product: string;
  productRisk?: ProductRisk;
  purpose: Purpose;
  vendorId?: string;
  callerIds: string[];
  voice: Voice;
  state: 'draft' | 'submitted' | 'returned' | 'approved' | 'running' | 'paused' | 'ended';
  /** Approval by compliance lapses after at most 90 days. */
  approvedUntil?: Instant;
  sharesData: boolean;
  usesSensitiveData: boolean;
  script?: ScriptFacts;
}

export interface ScriptFacts {
  version: string;
  kind: 'fixed' | 'model';
  approved: boolean;
  disclosure: string;
  textSha256: string;
}

/** A national or industry registry as one decision sees it; absent from the map means no copy at all. */
export interface RegistryFacts {
  snapshotId: string;
  asOf: Instant;
  listed: boolean;
}

export interface AskFacts {
  number: NumberVerdict;
  campaignId: string;
  /** The caller number as dialled digits (95588 is not E.164). */
  callerId: string;
  voice: Voice;
  timeZone?: string;
  subdivision?: string;
  /** The asking client's vendor, where it is bound to one. */
  vendorId?: string;
  /** The person that the caller's `customerId` resolved to, if it named one that is known. */
  personId?: string;
  /** The asked number's tag in hex; present only where a wish on the row speaks of one number. */
  numberTag?: string;
}

/** All that one decision is made from; stored with it, so that it can be made again (promise 7). */
export interface DecisionFacts {
  at: Instant;
  /** Life of an authorization in milliseconds (`AUTHORIZATION_TTL`). */
  ttl: number;
  ask: AskFacts;
  /** Absent: no such campaign, or not this vendor's (RULINGS 25). */
  campaign?: CampaignFacts;
  vendorActive: boolean;
  callerId?: CallerIdFacts;
  /** Ids of stops in force that reach this call, with their reasons. */
  stops: { id: string; reason: string }[];
  subject: SubjectFacts;
  slots: Slot[];
  registries: Record<string, RegistryFacts>;
}
