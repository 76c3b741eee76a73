import { Injectable } from '@nestjs/common';
import type { Instant } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import type { Tx } from '../../../platform/database/database';
import { EvidenceBatch } from '../../../platform/evidence/evidence-batch';
import type { EvidenceInput } from '../../../platform/evidence/evidence-writer';
import type { LockedSubject, Reach } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import { idsOf } from '../words-on-rows';
import { BulkReachRepository } from './bulk-reach.repository';
import { BulkWishesRepository, type BindingWish } from './bulk-wishes.repository';
import { type BulkReleaseAct, BulkReleasesPort } from './bulk.port';

/** Wishes that a list brought and no longer holds, lifted once a second person has said so. */
@Injectable()
export class BulkReleases extends BulkReleasesPort {
  constructor(
    private readonly reaches: BulkReachRepository,
    private readonly wishes: BulkWishesRepository,
    private readonly subjects: SubjectsRepository,
    private readonly evidence: EvidenceBatch,
    private readonly time: DatabaseTime,
  ) {
    super();
  }

  async release(tx: Tx, act: BulkReleaseAct, ids: readonly string[]): Promise<number> {
    const found = await this.wishes.binding(tx, ids);
    const reaches = await this.reaches.lockRecords(
      tx,
      found.map(({ subjectId }) => subjectId),
    );
    // Once more under the locks: somebody may have released one of them alone while we waited.
    const binding = new Set((await this.wishes.binding(tx, ids)).map(({ id }) => id));
    const changed = new Map<string, LockedSubject>();
    const events: EvidenceInput[] = [];
    const releases: { suppressionId: string; at: Instant }[] = [];
    for (const [index, wish] of found.entries()) {
      const reach = reaches[index];
      const key = reach?.own.wrappingKey;
      if (reach === undefined || key === undefined || key === null || !binding.has(wish.id)) continue;
      for (const row of reach.rows) {
        row.facts.wishes = row.facts.wishes.filter((other) => other.id !== wish.id);
        changed.set(row.id, row);
      }
      const at = this.time.at(reach.own.lockedAt);
      releases.push({ suppressionId: wish.id, at });
      events.push(eventOf(wish, act, reach, { at, key }));
    }
    await this.subjects.saveRows(tx, [...changed.values()]);
    const eventIds = await this.evidence.record(tx, events);
    const stored = releases.map((release, index) => ({ ...release, eventId: eventIds[index] ?? '' }));
    if (stored.length > 0) await this.wishes.insertReleases(tx, stored, act.approvalId);
    return stored.length;
  }

  released(tx: Tx, suppressionIds: readonly string[]): Promise<ReadonlyMap<string, Instant>> {
    return this.wishes.released(tx, suppressionIds);
  }
}

function eventOf(
  wish: BindingWish,
  act: BulkReleaseAct,
  reach: Reach,
  { at, key }: { at: Instant; key: Buffer },
): EvidenceInput {
  const { id: suppressionId, scope, channels, purposes } = wish;
  const { approvalId, jobId } = act;
  const subjectId = reach.own.id;
  return {
    type: 'wish.released.v1',
    at,
    subject: { id: subjectId, wrappingKey: key },
    partitionKey: subjectId,
    clear: { suppressionId, approvalId, jobId, scope, channels, purposes, source: 'import', subjectId },
    payload: {
      suppressionId,
      approvalId,
      jobId,
      request: { reason: act.reason },
      askedBy: { ...act.askedBy },
      decidedBy: { ...act.decidedBy },
      revokesEarlierConsents: false,
      rows: idsOf(reach.rows),
    },
  };
}
