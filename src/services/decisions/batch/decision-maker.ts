import { Inject, Injectable } from '@nestjs/common';
import { decide } from '../../../domain/decision/decide';
import type { Policy } from '../../../domain/policy/policy';
import type { Instant } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { Keyring } from '../../../platform/keys/keyring';
import type { Settings } from '../../settings/settings';
import { gatherFacts } from './ask-facts';
import { AUTHORIZATION_TTL } from '../decision-options';
import { type DecisionRow, decisionRow } from './decision-record';
import { EMPTY_FACTS, EMPTY_FACTS_TEXT, type LockedRow } from './decision.repository';
import type { LockedRows } from './locked-rows';
import { type KnownSubject, seenWith } from './named-customers';
import type { MadeDecision, PendingDecision } from './pending-decision';
import { takeSlot } from './row-slots';

export interface BatchOfDecisions {
  made: MadeDecision[];
  written: DecisionRow[];
  /** Rows whose slots changed. */
  changed: LockedRow[];
}

/** The pure middle of lock, decide, write: facts from locked rows, the rules, the record, the slot. */
@Injectable()
export class DecisionMaker {
  constructor(
    private readonly keyring: Keyring,
    private readonly time: DatabaseTime,
    @Inject(AUTHORIZATION_TTL) private readonly ttl: number,
  ) {}

  /** Decides in order; a later question on the same row sees the slots of the earlier ones. */
  decideAll(batch: {
    asked: readonly PendingDecision[];
    rows: LockedRows;
    /** What is known of named customers whose row is another than the asked number's. */
    elsewhere: ReadonlyMap<PendingDecision, KnownSubject>;
    settings: Settings;
    policy: Policy;
    /** The database's time, for questions without a row. */
    now: Instant;
  }): BatchOfDecisions {
    const { policy } = batch;
    const result: BatchOfDecisions = { made: [], written: [], changed: [] };
    const changed = new Set<LockedRow>();
    const keys = new Map<LockedRow, Buffer>();
    for (const pending of batch.asked) {
      const row = pending.tag === undefined ? undefined : batch.rows.get(pending.tag.toString('hex'));
      const at = this.time.at(row?.lockedAt ?? batch.now);
      const known = seenWith(row ?? NO_ROW, batch.elsewhere.get(pending));
      const facts = gatherFacts(pending, batch, known, at, this.ttl);
      const decision = decide(facts, policy);
      const callId = uuidV7(at);
      const made = { callId, decision, facts, policyVersion: policy.version };
      const wrappingKey = row === undefined ? this.keyring.nobodyKey : this.openedKey(row, keys);
      result.written.push(decisionRow(pending, made, { ...known, wrappingKey }));
      result.made.push({ callId, decidedAt: at, decision, policyVersion: policy.version });
      if (row === undefined || decision.expiresAt === undefined || facts.campaign === undefined) continue;
      takeSlot(row, {
        callId,
        campaignId: facts.campaign.id,
        decidedAt: at,
        expiresAt: decision.expiresAt,
        purpose: facts.campaign.purpose,
      });
      changed.add(row);
    }
    result.changed = [...changed];
    return result;
  }

  private openedKey(row: LockedRow, opened: Map<LockedRow, Buffer>): Buffer {
    let key = opened.get(row);
    if (key === undefined) {
      key = this.keyring.openSubjectKey(row.wrappingKey);
      opened.set(row, key);
    }
    return key;
  }
}

/** A question about no person's phone: nothing is known and nothing is locked. */
const NO_ROW = { id: null, facts: EMPTY_FACTS, factsText: EMPTY_FACTS_TEXT, slots: [], slotsText: '[]' };
