import { Injectable } from '@nestjs/common';
import type { Wish } from '../../../domain/decision/facts';
import type { Json } from '../../../domain/ledger/canonical-json';
import type { Instant } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import { mapInTurns } from '../../../platform/clock/in-turns';
import type { Tx } from '../../../platform/database/database';
import { EvidenceBatch } from '../../../platform/evidence/evidence-batch';
import type { EvidenceInput } from '../../../platform/evidence/evidence-writer';
import { writeInstant } from '../../../platform/http/instants';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { SettingsCache } from '../../settings/settings-cache';
import { recordedActor } from '../recorded-actor';
import type { LockedSubject } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import { mayBind, voidWhere } from '../wishes/voided-slots';
import { idsOf } from '../words-on-rows';
import { BulkReachRepository } from './bulk-reach.repository';
import { BulkWishesRepository } from './bulk-wishes.repository';
import { type BulkAct, type BulkOutcome, type BulkWish, BulkWishesPort } from './bulk.port';
import { Newcomers } from './newcomers';

/** A wish with all that its record says. */
interface Said {
  index: number;
  input: BulkWish;
  wish: Wish;
  receiptId: string;
  own: { id: string; wrappingKey: Buffer };
  rows: string[];
  voided: string[];
}

const ERASED = { fault: { code: 'RECORD_ERASED', detail: 'This person has been erased.' } };
const UNKNOWN = { fault: { code: 'NOT_FOUND', detail: 'The number or customer is not known any more.' } };

/** Wishes out of lists. */
@Injectable()
export class BulkWishes extends BulkWishesPort {
  constructor(
    private readonly newcomers: Newcomers,
    private readonly reaches: BulkReachRepository,
    private readonly wishes: BulkWishesRepository,
    private readonly subjects: SubjectsRepository,
    private readonly evidence: EvidenceBatch,
    private readonly settings: SettingsCache,
    private readonly time: DatabaseTime,
  ) {
    super();
  }

  async recordNew(tx: Tx, act: BulkAct, inputs: readonly BulkWish[]): Promise<(string | undefined)[]> {
    const targets = inputs.map(({ target }) => target);
    const { at, newcomers } = await this.newcomers.among(tx, targets);
    const told: Said[] = [];
    await mapInTurns(inputs, (input, index) => {
      const own = newcomers[index];
      if (own === undefined) return;
      const said = this.said(index, input, at);
      own.facts.wishes.push(said.wish);
      told.push({ ...said, own, rows: [own.id] });
    });
    const admitted = await this.newcomers.admit(
      tx,
      newcomers.filter((newcomer) => newcomer !== undefined),
      at,
    );
    const stored = told.filter(({ own }) => admitted.has(own.id));
    await this.record(tx, act, stored);
    const ids = new Map(stored.map(({ index, wish }) => [index, wish.id]));
    return inputs.map((_, index) => ids.get(index));
  }

  async recordKnown(tx: Tx, act: BulkAct, inputs: readonly BulkWish[]): Promise<BulkOutcome[]> {
    const reaches = await this.reaches.lockTargets(
      tx,
      inputs.map(({ target }) => target),
    );
    const settings = this.settings.current();
    const changed = new Map<string, LockedSubject>();
    const told: Said[] = [];
    const outcomes = await mapInTurns(inputs, (input, index): BulkOutcome => {
      const reach = reaches[index];
      if (reach === undefined) return UNKNOWN;
      const { id, wrappingKey, lockedAt } = reach.own;
      if (wrappingKey === null) return ERASED;
      const said = this.said(index, input, this.time.at(lockedAt));
      const { wish } = said;
      const voided = new Set<string>();
      for (const row of reach.rows) {
        row.facts.wishes.push(wish);
        const after = voidWhere(row.slots, (slot) => mayBind(wish, slot, settings), wish.recordedAt);
        row.slots = after.slots;
        for (const callId of after.voided) voided.add(callId);
        changed.set(row.id, row);
      }
      told.push({ ...said, own: { id, wrappingKey }, rows: idsOf(reach.rows), voided: [...voided] });
      return { id: wish.id };
    });
    await this.subjects.saveRows(tx, [...changed.values()]);
    await this.record(tx, act, told);
    return outcomes;
  }

  private said(index: number, input: BulkWish, at: Instant) {
    const { scope, channels, purposes, until } = input;
    const wish: Wish = {
      id: uuidV7(at),
      scope,
      channels: [...channels],
      purposes: [...purposes],
      source: 'import',
      recordedAt: at,
      ...(until === undefined ? {} : { until }),
    };
    return { index, input, wish, receiptId: uuidV7(at), voided: [] as string[] };
  }

  private async record(tx: Tx, act: BulkAct, told: readonly Said[]): Promise<void> {
    const actor = recordedActor(act.actor);
    const eventIds = await this.evidence.record(
      tx,
      told.map((said) => eventOf(said, act, actor)),
    );
    const stored = told.map(({ wish, receiptId, own }, index) => ({
      wish,
      receiptId,
      subjectId: own.id,
      eventId: eventIds[index] ?? '',
    }));
    await this.wishes.insert(tx, stored, act.actor.clientId);
  }
}

function eventOf(said: Said, { jobId }: BulkAct, actor: Json): EvidenceInput {
  const { wish, receiptId, own, input, rows, voided } = said;
  const { scope, channels, purposes, source, until } = wish;
  return {
    type: 'wish.recorded.v1',
    at: wish.recordedAt,
    subject: own,
    partitionKey: own.id,
    clear: {
      suppressionId: wish.id,
      receiptId,
      scope: scope.kind,
      scopeId: scope.kind === 'group' ? undefined : scope.id,
      channels,
      purposes,
      source,
      until: until === undefined ? undefined : writeInstant(until),
      jobId,
      subjectId: own.id,
    },
    payload: {
      suppressionId: wish.id,
      receiptId,
      said: { ...input.target },
      wish: { ...wish },
      reason: input.reason,
      evidence: input.evidence,
      jobId,
      rows,
      voided,
      actor,
    },
  };
}
