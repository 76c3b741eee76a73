import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { isBackdated, type RefusalEvent, withdrawalOf, withFact } from '../../../domain/consent/consent-fold';
import type { WishScope } from '../../../domain/decision/facts';
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
import { SettingsCache } from '../../settings/settings-cache';
import { PersonRecord } from '../person-record';
import { recordedActor } from '../recorded-actor';
import type { Reach, WordTarget } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import { voidWhere } from '../wishes/voided-slots';
import { idsOf, namedFor, speakerOf } from '../words-on-rows';
import { ConsentsRepository, type StoredConsentEvent } from './consents.repository';
import { ReceiptTerms } from './receipts/receipt-terms';
import { isLate, requirePast } from './record-consent';
import { mayRestOn } from './rests-on';

export interface WithdrawalInput {
  target: WordTarget;
  /** Default: `withdrawn`. `refused` is the answer to a request for consent. */
  kind?: RefusalEvent['kind'];
  /** Default: every call. */
  scope?: WishScope;
  /** What the caller named instead, where nothing of that name is known; kept sealed. */
  namedScope?: WishScope;
  /** Default: all. */
  purposes?: readonly ConsentPurpose[];
  /** Default: all. */
  channels?: readonly Channel[];
  /** The one consent that it takes back. Default: all that was given up to `at`. */
  consentId?: string;
  /** Default: now. */
  at?: Instant;
  method?: string;
  evidence?: { [member: string]: Json | undefined };
  actor: Actor;
}

export type RecordedRefusal = StoredConsentEvent & RefusalEvent & { receiptId: string };

const TYPES = { withdrawn: 'consent.withdrawn.v1', refused: 'consent.refused.v1' } as const;

/** Taking consent back, or saying no, is as easy as giving it: one call, from anybody who hears it, binding at commit. */
@Injectable()
export class WithdrawConsent {
  constructor(
    private readonly subjects: SubjectsRepository,
    private readonly consents: ConsentsRepository,
    private readonly records: PersonRecord,
    private readonly terms: ReceiptTerms,
    private readonly settings: SettingsCache,
    private readonly time: DatabaseTime,
  ) {}

  /** Also tells the rows it was written to, under lock. @throws AppError INVALID for what was said in the future. */
  async withdraw(tx: Tx, input: WithdrawalInput): Promise<{ event: RecordedRefusal; reach: Reach }> {
    const reach = await this.subjects.lockReach(tx, input.target);
    const recordedAt = this.time.at(reach.own.lockedAt);
    const at = input.at ?? recordedAt;
    requirePast(at, recordedAt, '/at');
    const personId = speakerOf(reach.own);
    const said: RefusalEvent = {
      id: uuidV7(recordedAt),
      kind: input.kind ?? 'withdrawn',
      ...(personId === undefined ? {} : { personId }),
      ...(input.scope === undefined || input.scope.kind === 'group' ? {} : { scope: input.scope }),
      purposes: [...new Set(input.purposes ?? CONSENT_PURPOSES)],
      channels: [...new Set(input.channels ?? CHANNELS)],
      at,
      ...(input.consentId === undefined ? {} : { consentId: input.consentId }),
      recordedAt,
    };
    const receiptId = uuidV7(recordedAt);
    const voided = await this.write(tx, reach, said);
    const eventId = await this.record(tx, reach, said, { input, receiptId, voided });
    const event = {
      ...said,
      receiptId,
      subjectId: reach.own.id,
      recordedBy: input.actor.clientId,
      eventId,
    };
    await this.consents.insert(tx, event);
    return { event, reach };
  }

  /** Returns the calls whose authorizations rested on what is taken back, or may have. */
  private async write(tx: Tx, reach: Reach, said: RefusalEvent): Promise<string[]> {
    const settings = this.settings.current();
    const voided = new Set<string>();
    for (const row of reach.rows) {
      for (const fact of namedFor(reach, row, withdrawalOf(said))) {
        row.facts.withdrawals = withFact(row.facts.withdrawals, fact);
      }
      const after = voidWhere(row.slots, (slot) => mayRestOn(said, slot, settings), said.recordedAt);
      row.slots = after.slots;
      for (const callId of after.voided) voided.add(callId);
    }
    await this.subjects.saveRows(tx, reach.rows);
    return [...voided];
  }

  private async record(
    tx: Tx,
    reach: Reach,
    said: RefusalEvent,
    more: { input: WithdrawalInput; receiptId: string; voided: string[] },
  ): Promise<string> {
    const { id, purposes, channels, scope, at, recordedAt } = said;
    const { input, receiptId, voided } = more;
    return this.records.record(tx, reach.own, {
      type: TYPES[said.kind],
      at: recordedAt,
      clear: {
        consentId: id,
        receiptId,
        scope: scope === undefined ? undefined : { ...scope },
        purposes,
        channels,
        at: writeInstant(at),
        backDated: isLate(at, recordedAt),
        backdated: isBackdated(said),
      },
      payload: {
        consentId: id,
        receiptId,
        said: { ...input.target },
        namedScope: input.namedScope === undefined ? undefined : { ...input.namedScope },
        withdrawal: { ...withdrawalOf(said) },
        method: input.method,
        evidence: input.evidence,
        terms: (await this.terms.of(tx, reach.own, said)) as unknown as Json,
        rows: idsOf(reach.rows),
        voided,
        actor: recordedActor(input.actor),
      },
    });
  }
}
