import type { KnownCall } from '../decision/checks/check';
import type { ConsentAttributes, ConsentGrant, ConsentWithdrawal } from '../decision/facts';
import { channelOfVoice, type ConsentPurpose } from '../decision/purpose';
import { isWithin, lastOptOut } from '../suppression/wishes';
import type { Instant } from '../time/instant';

/** The consent that a law asks for. */
export interface ConsentDemand {
  purpose: ConsentPurpose;
  required: readonly (keyof ConsentAttributes)[];
  disqualifying: readonly (keyof ConsentAttributes)[];
  /** Whether a STOP ends the consents given before it (RULINGS 19). */
  revokedByOptOut: boolean;
  /** When a consent lapses by age, whatever it says itself; Infinity where the law knows no age. */
  lapses(grantedAt: Instant): Instant;
}

export type ConsentFault = {
  code: 'CONSENT_MISSING' | 'CONSENT_WITHDRAWN' | 'CONSENT_EXPIRED' | 'CONSENT_SCOPE';
  detail: string;
};

/** The end of the longest consent that counts at `at`: Infinity for one without end, -Infinity when none counts. */
export function consentEnd(call: KnownCall, demand: ConsentDemand, at: Instant): Instant {
  let end = -Infinity;
  for (const grant of call.subject.grants) {
    if (
      grant.grantedAt <= at &&
      isOfThisPerson(grant, call) &&
      reaches(grant, call, demand) &&
      hasForm(grant.attributes, demand) &&
      !isRefusedAfter(grant, call, demand)
    ) {
      const ends = expiry(grant, demand);
      if (ends > at) end = Math.max(end, ends);
    }
  }
  return end;
}

/** What this person had consented to of such calls at `at`, and not taken back; the newest last. */
export function standingGrants(call: KnownCall, purpose: ConsentPurpose, at: Instant): ConsentGrant[] {
  return call.subject.grants
    .filter(
      (grant) =>
        grant.grantedAt <= at &&
        isOfThisPerson(grant, call) &&
        reaches(grant, call, { purpose }) &&
        !isTakenBack(grant, call, purpose),
    )
    .sort((one, other) => one.grantedAt - other.grantedAt);
}

/**
 * Why no consent counts. One that was given after every refusal and has lapsed is expired; otherwise a refusal outweighs
 * whatever else is wrong, because a missing consent may be observed instead of enforced and a withdrawn one never
 * (RULINGS 8), and silence after it is CONSENT_WITHDRAWN (READINGS 15).
 */
export function consentFault(call: KnownCall, demand: ConsentDemand, at: Instant): ConsentFault {
  const given = call.subject.grants.filter((grant) => grant.grantedAt <= at && isOfThisPerson(grant, call));
  const reaching = given.filter((grant) => reaches(grant, call, demand));
  const refused = reaching.filter((grant) => isRefusedAfter(grant, call, demand));
  if (
    reaching.some(
      (grant) => !refused.includes(grant) && hasForm(grant.attributes, demand) && expiry(grant, demand) <= at,
    )
  ) {
    return { code: 'CONSENT_EXPIRED', detail: 'Consent has lapsed.' };
  }
  if (refused.length > 0 || isWithdrawn(call, demand)) {
    return { code: 'CONSENT_WITHDRAWN', detail: 'Consent was withdrawn and not given again.' };
  }
  if (reaching.length > 0) {
    return { code: 'CONSENT_SCOPE', detail: `Consent is not in the form asked for: ${formText(demand)}.` };
  }
  if (given.length > 0) {
    return { code: 'CONSENT_SCOPE', detail: 'Consent was given for another purpose, channel or entity.' };
  }
  return { code: 'CONSENT_MISSING', detail: 'There is no consent.' };
}

/**
 * One person's consent never speaks for another: on the row of a household only a consent of the person that was asked
 * for counts; on the row of one person only that person's, or one that was given for the number without a name.
 */
function isOfThisPerson(grant: ConsentGrant, { ask, subject }: KnownCall): boolean {
  const [first, second] = subject.persons;
  if (second !== undefined) {
    return ask.personId !== undefined && grant.personId === ask.personId && isThere(ask.personId, subject);
  }
  const holder = first?.personId ?? ask.personId;
  if (ask.personId !== undefined && ask.personId !== holder) return false;
  return grant.personId === undefined || grant.personId === holder;
}

const isThere = (personId: string, { persons }: KnownCall['subject']): boolean =>
  persons.some((person) => person.personId === personId);

function reaches(grant: ConsentGrant, call: KnownCall, { purpose }: Pick<ConsentDemand, 'purpose'>): boolean {
  if (grant.scope.kind === 'entity' && grant.scope.id !== call.campaign.entity) return false;
  return isAbout(grant, call, purpose);
}

const isAbout = (
  cells: Pick<ConsentGrant, 'purposes' | 'channels'>,
  { ask }: KnownCall,
  purpose: ConsentPurpose,
): boolean => cells.purposes.includes(purpose) && cells.channels.includes(channelOfVoice(ask.voice));

/** Whether a withdrawal or a "no" speaks of this call: of its channel, of this purpose, and of what it is about. */
const speaksOf = (withdrawal: ConsentWithdrawal, call: KnownCall, purpose: ConsentPurpose): boolean =>
  isAbout(withdrawal, call, purpose) &&
  (withdrawal.scope === undefined || isWithin(withdrawal.scope, call.campaign));

/** What was said by a number without a name may be the word of whoever is named elsewhere. */
const mayBeOfOne = (one: string | undefined, other: string | undefined): boolean =>
  one === undefined || other === undefined || one === other;

function hasForm(attributes: ConsentAttributes, demand: ConsentDemand): boolean {
  return (
    demand.required.every((name) => attributes[name] === true) &&
    demand.disqualifying.every((name) => attributes[name] !== true)
  );
}

function isRefusedAfter(grant: ConsentGrant, call: KnownCall, demand: ConsentDemand): boolean {
  if (isTakenBack(grant, call, demand.purpose)) return true;
  const optOut = demand.revokedByOptOut && demand.purpose === call.campaign.purpose;
  return optOut && lastOptOut(call) >= grant.grantedAt;
}

/** Equal instants: the refusal wins (RULINGS 19). A refusal binds from its commit, even if its own clock ran ahead. */
const isTakenBack = (grant: ConsentGrant, call: KnownCall, purpose: ConsentPurpose): boolean =>
  call.subject.withdrawals.some(
    (withdrawal) =>
      withdrawal.at >= grant.grantedAt &&
      (withdrawal.consentId ?? grant.id) === grant.id &&
      speaksOf(withdrawal, call, purpose) &&
      mayBeOfOne(withdrawal.personId, grant.personId),
  );

/**
 * Whether the person who is called, or may be called, withdrew: a withdrawal outlives the consent that it ended. A "no"
 * to a request ends what was given before it, and by itself takes nothing back; nor does a correction by which one
 * consent turned out to be another's.
 */
function isWithdrawn(call: KnownCall, demand: ConsentDemand): boolean {
  return call.subject.withdrawals.some(
    (withdrawal) =>
      withdrawal.refused !== true &&
      withdrawal.consentId === undefined &&
      speaksOf(withdrawal, call, demand.purpose) &&
      mayBeOfOne(withdrawal.personId, call.ask.personId),
  );
}

/**
 * Every "no" to a request for consent to calls like this one, of whoever is or may be called, after which the same
 * person has given no consent that reaches the call. Like a withdrawal it binds whatever time it bears.
 */
export function unansweredRefusals(
  call: KnownCall,
  purpose: ConsentPurpose,
  at: Instant,
): ConsentWithdrawal[] {
  const isAnswered = (refusal: ConsentWithdrawal): boolean =>
    call.subject.grants.some(
      (grant) =>
        grant.grantedAt <= at &&
        grant.grantedAt > refusal.at &&
        isOfThisPerson(grant, call) &&
        mayBeOfOne(refusal.personId, grant.personId) &&
        reaches(grant, call, { purpose }),
    );
  return call.subject.withdrawals.filter(
    (withdrawal) =>
      withdrawal.refused === true &&
      speaksOf(withdrawal, call, purpose) &&
      mayBeOfOne(withdrawal.personId, call.ask.personId) &&
      !isAnswered(withdrawal),
  );
}

function expiry(grant: ConsentGrant, demand: ConsentDemand): Instant {
  return Math.min(grant.expiresAt ?? Infinity, demand.lapses(grant.grantedAt));
}

function formText({ required, disqualifying }: ConsentDemand): string {
  return [...required, ...disqualifying.map((name) => `not ${name}`)].join(', ');
}
