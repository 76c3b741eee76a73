import type { ConsentAttributes, ConsentGrant, ConsentWithdrawal, WishScope } from '../decision/facts';
import type { Channel, ConsentPurpose } from '../decision/purpose';
import { DAY, type Instant } from '../time/instant';

interface ConsentWord {
  id: string;
  personId?: string;
  purposes: ConsentPurpose[];
  channels: Channel[];
  /** When it was said; `recordedAt` is when we learned of it. */
  at: Instant;
  recordedAt: Instant;
}

/** A person agreed. To narrow or renew a consent is a withdrawal or another grant: no event is ever changed. */
export interface GrantEvent extends ConsentWord {
  kind: 'granted';
  scope: ConsentGrant['scope'];
  attributes: ConsentAttributes;
  expiresAt?: Instant;
}

/** A person took consent back, or said no when asked for it. */
export interface RefusalEvent extends ConsentWord {
  kind: 'withdrawn' | 'refused';
  /** Absent: every call. */
  scope?: WishScope;
  /** It takes back this one consent and no other. */
  consentId?: string;
}

export type ConsentEvent = GrantEvent | RefusalEvent;

/** What decisions know of a person's consents: the part of the subject row that the events make. */
export interface ConsentState {
  grants: ConsentGrant[];
  withdrawals: ConsentWithdrawal[];
}

export const noConsents = (): ConsentState => ({ grants: [], withdrawals: [] });

/**
 * What speaks on a row that somebody claims. A consent without a name was given by the number while nobody had claimed
 * it, and nobody knows by whom: it allows nothing any longer, because consent is recorded and never presumed (READINGS
 * 13). A "no" without a name binds whoever it may have been.
 */
export const spokenByName = <T extends ConsentEvent>(events: readonly T[]): T[] =>
  events.filter((event) => event.kind !== 'granted' || event.personId !== undefined);

/**
 * The state that these events make, in whatever order and however often each of them is delivered: facts are kept once,
 * in the order of their ids, and weighed against each other only when a decision asks. `holder` is the person on whose
 * row they stand: what was refused without a name binds that person, and what was granted without one does not count.
 */
export function foldConsents(events: readonly ConsentEvent[], holder?: string): ConsentState {
  if (holder === undefined) return events.reduce(withConsentEvent, noConsents());
  return spokenByName(events)
    .map((event) => (event.personId === undefined ? { ...event, personId: holder } : event))
    .reduce(withConsentEvent, noConsents());
}

/** One step of the fold. Steps commute, and the same step twice is one step. */
export function withConsentEvent(state: ConsentState, event: ConsentEvent): ConsentState {
  return event.kind === 'granted'
    ? { grants: withFact(state.grants, grantOf(event)), withdrawals: state.withdrawals }
    : { grants: state.grants, withdrawals: withFact(state.withdrawals, withdrawalOf(event)) };
}

/**
 * A list with one more fact, in order; unchanged where it is there already. One word of a household's number stands once
 * for each of its people, so a name is part of what a fact is known by.
 */
export function withFact<T extends { id: string; personId?: string }>(facts: readonly T[], fact: T): T[] {
  const keyOf = ({ id, personId }: T): string => `${id}/${personId ?? ''}`;
  const key = keyOf(fact);
  const next = facts.findIndex((known) => keyOf(known) >= key);
  const known = facts[next];
  if (known === undefined) return [...facts, fact];
  return keyOf(known) === key ? [...facts] : [...facts.slice(0, next), fact, ...facts.slice(next)];
}

export function grantOf(event: GrantEvent): ConsentGrant {
  const { id, personId, scope, purposes, channels, attributes, at, expiresAt } = event;
  return {
    id,
    ...(personId === undefined ? {} : { personId }),
    scope,
    purposes,
    channels,
    attributes,
    grantedAt: at,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(isBackdated(event) ? { backdated: true as const } : {}),
  };
}

export function withdrawalOf(event: RefusalEvent): ConsentWithdrawal {
  const { id, personId, scope, purposes, channels, at, kind, consentId } = event;
  return {
    id,
    ...(personId === undefined ? {} : { personId }),
    ...(scope === undefined || scope.kind === 'group' ? {} : { scope }),
    purposes,
    channels,
    at,
    ...(consentId === undefined ? {} : { consentId }),
    ...(kind === 'refused' ? { refused: true as const } : {}),
  };
}

/** Written down more than a day after it was said: whoever relies on it should see that. */
export const isBackdated = ({ at, recordedAt }: Pick<ConsentWord, 'at' | 'recordedAt'>): boolean =>
  recordedAt - at > DAY;
