import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { invalidMember } from '../../../contracts/app-error';
import type { ConsentGrant } from '../../../domain/decision/facts';
import type { Json } from '../../../domain/ledger/canonical-json';
import { type Instant, MINUTE } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import type { Tx } from '../../../platform/database/database';
import { writeInstant } from '../../../platform/http/instants';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { PersonRecord } from '../person-record';
import { recordedActor } from '../recorded-actor';
import type { Reach, WordTarget } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import { idsOf, speakerOf } from '../words-on-rows';
import { ConsentsRepository } from './consents.repository';
import type { ConsentEvent } from './current-consents';

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
    private readonly time: DatabaseTime,
  ) {}

  /** @throws AppError INVALID for a consent from the future, or by a number of several people. */
  async grant(tx: Tx, input: ConsentInput): Promise<ConsentEvent> {
    const reach = await this.subjects.lockReach(tx, input.target);
    const at = this.time.at(reach.own.lockedAt);
    requirePast(input.grantedAt, at, '/grantedAt');
    requireOnePerson(reach);
    const { scope, purposes, channels, attributes, grantedAt, expiresAt, actor } = input;
    const personId = speakerOf(reach.own);
    const grant: ConsentGrant = {
      id: uuidV7(at),
      ...(personId === undefined ? {} : { personId }),
      scope,
      purposes,
      channels,
      attributes,
      grantedAt,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    for (const row of reach.rows) row.facts.grants.push(grant);
    await this.subjects.saveRows(tx, reach.rows);
    const eventId = await this.record(tx, reach, grant, input);
    const { id } = grant;
    const event: ConsentEvent = {
      id,
      subjectId: reach.own.id,
      ...(personId === undefined ? {} : { personId }),
      kind: 'granted',
      scope,
      purposes,
      channels,
      attributes,
      at: grantedAt,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      recordedAt: at,
      recordedBy: actor.clientId,
      eventId,
    };
    await this.consents.insert(tx, event);
    return event;
  }

  private record(tx: Tx, reach: Reach, grant: ConsentGrant, input: ConsentInput): Promise<string> {
    const { id, scope, purposes, channels, grantedAt, expiresAt } = grant;
    const at = this.time.at(reach.own.lockedAt);
    return this.records.record(tx, reach.own, {
      type: 'consent.granted.v1',
      at,
      clear: {
        consentId: id,
        scope: { ...scope },
        purposes,
        channels,
        grantedAt: writeInstant(grantedAt),
        expiresAt: expiresAt === undefined ? undefined : writeInstant(expiresAt),
        backDated: isBackDated(grantedAt, at),
      },
      payload: {
        consentId: id,
        said: { ...input.target },
        grant: { ...grant } as unknown as Json,
        evidence: input.evidence,
        rows: idsOf(reach.rows),
        actor: recordedActor(input.actor),
      },
    });
  }
}

/** RULINGS 19: what is later than now and five minutes was not said yet. */
export function requirePast(said: Instant, now: Instant, pointer: string): void {
  if (said <= now + CLOCK_TOLERANCE) return;
  throw invalidMember(pointer, 'Lies in the future.', 'FUTURE');
}

export const isBackDated = (said: Instant, recordedAt: Instant): boolean =>
  said < recordedAt - CLOCK_TOLERANCE;

/** One person's consent never speaks for another, and a number of several people does not say whose it is. */
function requireOnePerson({ own }: Reach): void {
  if (own.kind === 'person') return;
  throw invalidMember('/number', 'Several customers have this number: name the customerId.', 'HOUSEHOLD');
}
