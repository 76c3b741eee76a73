import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import type { Json } from '../../domain/ledger/canonical-json';
import { DatabaseTime } from '../../platform/clock/database-time';
import { Database, type Tx } from '../../platform/database/database';
import { maskText } from '../../platform/observability/masking';
import type { Approval } from '../approvals/approval';
import { OpenedEventsReader } from './opened-events.reader';
import { PersonRecord } from './person-record';
import { recordedActor } from './recorded-actor';
import type { LockedSubject } from './subjects.port';

/** Why a wish or preference should no longer bind, and what shows that the person said so. */
export interface ReleaseWords {
  reason: string;
  evidence: { [member: string]: Json | undefined };
}

/**
 * The words of a request stand sealed in the person's record; the approval, which is in clear, only names that entry.
 */
@Injectable()
export class ReleaseRequests {
  constructor(
    private readonly records: PersonRecord,
    private readonly opened: OpenedEventsReader,
    private readonly database: Database,
    private readonly time: DatabaseTime,
  ) {}

  async record(
    tx: Tx,
    own: LockedSubject,
    request: { type: string; subject: { [id: string]: string }; words: ReleaseWords; actor: Actor },
  ): Promise<string> {
    const { type, subject, words, actor } = request;
    return this.records.record(tx, own, {
      type,
      at: this.time.at(own.lockedAt),
      clear: { ...subject, askedBy: actor.clientId },
      payload: { ...subject, reason: words.reason, evidence: words.evidence, actor: recordedActor(actor) },
    });
  }

  /** What was asked for, opened; undefined once the person is erased. */
  async wordsOf(tx: Tx, approval: Approval): Promise<Record<string, unknown> | undefined> {
    const { requestEventId } = approval.after;
    if (typeof requestEventId !== 'string') return undefined;
    return (await this.opened.find(tx, requestEventId))?.payload;
  }

  /** Adds the reason for the one who decides, its numbers masked. */
  async present(approval: Approval): Promise<Pick<Approval, 'before' | 'after'>> {
    const words = await this.database.transaction((tx) => this.wordsOf(tx, approval));
    const shown = {
      ...(approval.before === undefined ? {} : { before: approval.before }),
      after: approval.after,
    };
    const reason = words?.['reason'];
    if (typeof reason !== 'string') return shown;
    return { ...shown, after: { ...approval.after, reason: maskText(reason) } };
  }
}
