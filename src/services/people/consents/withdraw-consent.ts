import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import type { ConsentWithdrawal, Slot } from '../../../domain/decision/facts';
import {
  CHANNELS,
  type Channel,
  CONSENT_PURPOSES,
  type ConsentPurpose,
} from '../../../domain/decision/purpose';
import type { Json } from '../../../domain/ledger/canonical-json';
import type { Instant } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import type { Tx } from '../../../platform/database/database';
import { writeInstant } from '../../../platform/http/instants';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { PersonRecord } from '../person-record';
import { recordedActor } from '../recorded-actor';
import type { Reach, WordTarget } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import { speaksOfCalls, voidWhere } from '../wishes/voided-slots';
import { idsOf, namedFor, speakerOf } from '../words-on-rows';
import { ConsentsRepository } from './consents.repository';
import type { ConsentEvent } from './current-consents';
import { isBackDated, requirePast } from './record-consent';

export interface WithdrawalInput {
  target: WordTarget;
  /** Default: all. */
  purposes?: readonly ConsentPurpose[];
  /** Default: all. */
  channels?: readonly Channel[];
  /** Default: now. */
  at?: Instant;
  method: string;
  evidence?: { [member: string]: Json | undefined };
  actor: Actor;
}

/** Withdrawing is as easy as giving: one call, from anybody who may hear it, binding at commit. */
@Injectable()
export class WithdrawConsent {
  constructor(
    private readonly subjects: SubjectsRepository,
    private readonly consents: ConsentsRepository,
    private readonly records: PersonRecord,
    private readonly time: DatabaseTime,
  ) {}

  /** @throws AppError INVALID for a withdrawal from the future. */
  async withdraw(tx: Tx, input: WithdrawalInput): Promise<ConsentEvent & { receiptId: string }> {
    const reach = await this.subjects.lockReach(tx, input.target);
    const recordedAt = this.time.at(reach.own.lockedAt);
    const at = input.at ?? recordedAt;
    requirePast(at, recordedAt, '/at');
    const withdrawal: ConsentWithdrawal = {
      id: uuidV7(recordedAt),
      purposes: [...new Set(input.purposes ?? CONSENT_PURPOSES)],
      channels: [...new Set(input.channels ?? CHANNELS)],
      at,
    };
    const voided = await this.write(tx, reach, withdrawal, recordedAt);
    const { id, purposes, channels } = withdrawal;
    const receiptId = uuidV7(recordedAt);
    const eventId = await this.records.record(tx, reach.own, {
      type: 'consent.withdrawn.v1',
      at: recordedAt,
      clear: {
        consentId: id,
        receiptId,
        purposes,
        channels,
        at: writeInstant(at),
        backDated: isBackDated(at, recordedAt),
      },
      payload: {
        consentId: id,
        receiptId,
        said: { ...input.target },
        withdrawal: { ...withdrawal },
        method: input.method,
        evidence: input.evidence,
        rows: idsOf(reach.rows),
        voided,
        actor: recordedActor(input.actor),
      },
    });
    const personId = speakerOf(reach.own);
    const event = {
      id,
      receiptId,
      subjectId: reach.own.id,
      ...(personId === undefined ? {} : { personId }),
      kind: 'withdrawn' as const,
      purposes,
      channels,
      at,
      recordedAt,
      recordedBy: input.actor.clientId,
      eventId,
    };
    await this.consents.insert(tx, event);
    return event;
  }

  /** Returns the calls whose authorizations rested on what was withdrawn, or may have. */
  private async write(
    tx: Tx,
    reach: Reach,
    withdrawal: ConsentWithdrawal,
    recordedAt: Instant,
  ): Promise<string[]> {
    const rests = (slot: Slot): boolean =>
      withdrawal.purposes.includes(slot.purpose) && speaksOfCalls(withdrawal.channels);
    const voided = new Set<string>();
    for (const row of reach.rows) {
      row.facts.withdrawals.push(...namedFor(reach, row, withdrawal));
      const after = voidWhere(row.slots, rests, recordedAt);
      row.slots = after.slots;
      for (const callId of after.voided) voided.add(callId);
    }
    await this.subjects.saveRows(tx, reach.rows);
    return [...voided];
  }
}
