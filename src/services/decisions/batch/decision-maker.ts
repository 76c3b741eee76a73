import { Inject, Injectable } from '@nestjs/common';
import { decide } from '../../../domain/decision/decide';
import type { Policy } from '../../../domain/policy/policy';
import type { Instant } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import type { Tx } from '../../../platform/database/database';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { Keyring } from '../../../platform/keys/keyring';
import type { Settings } from '../../settings/settings';
import { gatherFacts } from './ask-facts';
import { AUTHORIZATION_TTL } from '../decision-options';
import { type DecisionRow, decisionRow } from './decision-record';
import { DecisionRepository, EMPTY_FACTS, EMPTY_FACTS_TEXT, type LockedRow } from './decision.repository';
import type { LockedRows } from './locked-rows';
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
    private readonly repository: DecisionRepository,
    private readonly keyring: Keyring,
    private readonly time: DatabaseTime,
    @Inject(AUTHORIZATION_TTL) private readonly ttl: number,
  ) {}

  /** Decides in order; a later question on the same row sees the slots of the earlier ones. */
  decideAll(batch: {
    asked: readonly PendingDecision[];
    rows: LockedRows;
    settings: Settings;
    policy: Policy;
    /** The database's time, for questions without a row. */
    now: Instant;
  }): BatchOfDecisions {
    const { settings, policy } = batch;
    const result: BatchOfDecisions = { made: [], written: [], changed: [] };
    const changed = new Set<LockedRow>();
    const keys = new Map<LockedRow, Buffer>();
    for (const pending of batch.asked) {
      const row = pending.tag === undefined ? undefined : batch.rows.get(pending.tag.toString('hex'));
      const at = this.time.at(row?.lockedAt ?? batch.now);
      const facts = gatherFacts(pending, settings, row ?? NO_ROW, at, this.ttl);
      const decision = decide(facts, policy);
      const callId = uuidV7(at);
      const made = { callId, decision, facts, policyVersion: policy.version };
      const wrappingKey = row === undefined ? this.keyring.nobodyKey : this.openedKey(row, keys);
      result.written.push(decisionRow(pending, made, { ...(row ?? NO_ROW), wrappingKey }));
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

  /**
   * On a household's row one person's consent never speaks for another, so there, and only there, the asking
   * system's `customerId` is looked up.
   */
  async nameHouseholdPersons(tx: Tx, asked: readonly PendingDecision[], rows: LockedRows): Promise<void> {
    const named = asked.flatMap((pending) => {
      const { tag, body } = pending;
      if (tag === undefined || body.customerId === undefined) return [];
      const row = rows.get(tag.toString('hex'));
      if (row === undefined || row.facts.persons.length < 2) return [];
      return [{ pending, customerTag: this.keyring.tagOfCustomer(body.customerId) }];
    });
    if (named.length === 0) return;
    const persons = await this.repository.personsOf(
      tx,
      named.map(({ customerTag }) => customerTag),
    );
    for (const { pending, customerTag } of named) {
      const personId = persons.get(customerTag.toString('hex'));
      if (personId !== undefined) pending.ask = { ...pending.ask, personId };
    }
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
