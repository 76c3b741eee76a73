import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { invalidMember } from '../../../contracts/app-error';
import { grantOf, type GrantEvent, isBackdated, withFact } from '../../../domain/consent/consent-fold';
import type { ConsentGrant } from '../../../domain/decision/facts';
import type { Json } from '../../../domain/ledger/canonical-json';
import { type Instant, MINUTE } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import type { Tx } from '../../../platform/database/database';
import type { EvidenceInput } from '../../../platform/evidence/evidence-writer';
import { writeInstant } from '../../../platform/http/instants';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { PersonRecord } from '../person-record';
import { recordedActor } from '../recorded-actor';
import type { LockedSubject, Reach, WordTarget } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import { idsOf, speakerOf } from '../words-on-rows';
import { ConsentsRepository, type StoredConsentEvent } from './consents.repository';
import { type ConsentTerms, ReceiptTerms } from './receipts/receipt-terms';

export const CONSENT_GRANTED = 'consent.granted.v1';

/** Clocks differ by this much; beyond it, nothing was said in the future. */
const CLOCK_TOLERANCE = 5 * MINUTE;

export interface ConsentInput extends Pick<ConsentGrant, 'scope' | 'purposes' | 'channels' | 'attributes'> {
  target: WordTarget;
  grantedAt: Instant;
  expiresAt?: Instant;
  evidence: { [member: string]: Json | undefined };
  actor: Actor;
}

/** Writes down that a person agreed. */
@Injectable()
export class RecordConsent {
  constructor(
    private readonly subjects: SubjectsRepository,
    private readonly consents: ConsentsRepository,
    private readonly records: PersonRecord,
    private readonly terms: ReceiptTerms,
    private readonly time: DatabaseTime,
  ) {}

  /**
   * Revives nothing: a decision weighs the grant against every withdrawal by the time it was given at, so one that was
   * given before a withdrawal is dead on arrival.
   * @throws AppError INVALID for a consent from the future, or by a number of several people.
   */
  async grant(tx: Tx, input: ConsentInput): Promise<StoredConsentEvent & GrantEvent> {
    const reach = await this.subjects.lockReach(tx, input.target);
    const recordedAt = this.time.at(reach.own.lockedAt);
    const event = grantEvent(reach.own, input, recordedAt);
    const eventId = await this.record(tx, reach, event, input);
    for (const { facts } of reach.rows) facts.grants = withFact(facts.grants, grantOf(event));
    await this.subjects.saveRows(tx, reach.rows);
    const stored = { ...event, subjectId: reach.own.id, recordedBy: input.actor.clientId, eventId };
    await this.consents.insert(tx, stored);
    return stored;
  }

  private async record(tx: Tx, reach: Reach, event: GrantEvent, input: ConsentInput): Promise<string> {
    const terms = await this.terms.of(tx, reach.own, event);
    return this.records.record(tx, reach.own, {
      type: CONSENT_GRANTED,
      at: event.recordedAt,
      ...grantRecord(event, input, terms, idsOf(reach.rows)),
    });
  }
}

/**
 * What a consent comes to, said of this row at this moment.
 * @throws AppError INVALID for a consent from the future, or by a number of several people.
 */
export function grantEvent(
  own: Pick<LockedSubject, 'kind' | 'facts'>,
  input: ConsentInput,
  recordedAt: Instant,
): GrantEvent {
  requirePast(input.grantedAt, recordedAt, '/grantedAt');
  requireOnePerson(own);
  const { scope, purposes, channels, attributes, expiresAt } = input;
  const personId = speakerOf(own);
  return {
    id: uuidV7(recordedAt),
    kind: 'granted',
    ...(personId === undefined ? {} : { personId }),
    scope,
    purposes,
    channels,
    attributes,
    at: input.grantedAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    recordedAt,
  };
}

/** What the record says of it, in clear and sealed. */
export function grantRecord(
  event: GrantEvent,
  input: ConsentInput,
  terms: ConsentTerms,
  rows: string[],
): Pick<EvidenceInput, 'clear' | 'payload'> {
  const { id, scope, purposes, channels, at, expiresAt, recordedAt } = event;
  return {
    clear: {
      consentId: id,
      scope: { ...scope },
      purposes,
      channels,
      grantedAt: writeInstant(at),
      expiresAt: expiresAt === undefined ? undefined : writeInstant(expiresAt),
      backDated: isLate(at, recordedAt),
      backdated: isBackdated(event),
    },
    payload: {
      consentId: id,
      said: { ...input.target },
      grant: { ...grantOf(event) } as unknown as Json,
      evidence: input.evidence,
      terms: terms as unknown as Json,
      rows,
      actor: recordedActor(input.actor),
    },
  };
}

/** RULINGS 19: what is later than now and five minutes was not said yet. */
export function requirePast(said: Instant, now: Instant, pointer: string): void {
  if (said <= now + CLOCK_TOLERANCE) return;
  throw invalidMember(pointer, 'Lies in the future.', 'FUTURE');
}

/** Learned of later than clocks may differ. */
export const isLate = (said: Instant, recordedAt: Instant): boolean => said < recordedAt - CLOCK_TOLERANCE;

/** One person's consent never speaks for another, and a number of several people does not say whose it is. */
function requireOnePerson(own: Pick<LockedSubject, 'kind'>): void {
  if (own.kind === 'person') return;
  throw invalidMember('/number', 'Several customers have this number: name the customerId.', 'HOUSEHOLD');
}
