import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import type { Json } from '../../domain/ledger/canonical-json';
import { DatabaseTime } from '../../platform/clock/database-time';
import type { Tx } from '../../platform/database/database';
import { maskText } from '../../platform/observability/masking';
import type { Approval, Presentation } from '../approvals/approval';
import { type OpenedEvent, OpenedEventsReader } from './opened-events.reader';
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
    return (await this.find(tx, approval))?.payload;
  }

  /**
   * Adds the reason for the one who decides, its numbers masked, and to the person's record that it was read. Takes no
   * lock: a page shows requests in the order of their asking, and locks are taken in the order of ids.
   */
  present(approval: Approval, reader: Actor): Presentation {
    return async (tx) => {
      const request = await this.find(tx, approval);
      const shown = {
        ...(approval.before === undefined ? {} : { before: approval.before }),
        after: approval.after,
      };
      const reason = request?.payload?.['reason'];
      if (request === undefined || typeof reason !== 'string') return shown;
      const own = { id: request.subjectId, wrappingKey: request.wrappingKey, lockedAt: request.readAt };
      await this.records.recordRead(tx, own, { what: 'approval', actor: reader });
      return { ...shown, after: { ...approval.after, reason: maskText(reason) } };
    };
  }

  private async find(tx: Tx, approval: Approval): Promise<OpenedEvent | undefined> {
    const { requestEventId } = approval.after;
    return typeof requestEventId === 'string' ? this.opened.find(tx, requestEventId) : undefined;
  }
}
