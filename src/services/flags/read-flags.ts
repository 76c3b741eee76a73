import { Injectable } from '@nestjs/common';
import { AppError } from '../../contracts/app-error';
import { Database, type Tx } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import { type Page, pageOf } from '../../platform/http/cursor';
import { writeInstant } from '../../platform/http/instants';
import { maskRecord } from '../people/mask-record';
import { PersonRecord, type Reading } from '../people/person-record';
import type { FlagAnswer, FlagDetail } from './flags.dto';
import { type FlagFilter, FlagsRepository, type StoredFlag } from './flags.repository';

/** Looks at flags. A list shows ids and codes; what was said is shown one by one, and that is recorded. */
@Injectable()
export class ReadFlags {
  constructor(
    private readonly database: Database,
    private readonly flags: FlagsRepository,
    private readonly evidence: EvidenceWriter,
    private readonly records: PersonRecord,
  ) {}

  async list(filter: FlagFilter): Promise<Page<FlagAnswer>> {
    return this.database.transaction(async (tx) =>
      pageOf(
        await this.flags.list(tx, filter),
        filter.limit,
        ({ raisedAt: at, id }) => ({ at, id }),
        flagAnswer,
      ),
    );
  }

  /** @throws AppError NOT_FOUND */
  async read(id: string, by: Omit<Reading, 'what'>): Promise<FlagDetail> {
    return this.database.transaction(async (tx) => {
      const flag = await this.flags.find(tx, id);
      if (flag === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such flag.' });
      if (flag.subjectId !== null) {
        const own = await this.flags.recordOf(tx, flag.subjectId);
        const { id: personId, wrappingKey, now } = own;
        if (personId !== null && wrappingKey !== null) {
          await this.records.recordRead(
            tx,
            { id: personId, wrappingKey, lockedAt: now },
            { ...by, what: 'flag' },
          );
        }
      }
      const raised = await this.opened(tx, flag.eventId);
      const resolved = flag.resolutionEventId === null ? null : await this.opened(tx, flag.resolutionEventId);
      const shown = (value: unknown): unknown => (by.unmaskReason === undefined ? maskRecord(value) : value);
      const note = shown(resolved?.['note']);
      return {
        ...flagAnswer(flag),
        detail: shown(raised?.['detail'] ?? null),
        ...(typeof note === 'string' ? { note } : {}),
      };
    });
  }

  /** Undefined once the person is erased. */
  private async opened(tx: Tx, eventId: string): Promise<Record<string, unknown> | undefined> {
    const event = await this.flags.eventOf(tx, eventId);
    if (event === undefined || (event.subjectId !== null && event.wrappingKey === null)) return undefined;
    const { sealed, wrappedKey, wrappingKey } = event;
    return this.evidence.open({ id: eventId, sealed, wrappedKey }, wrappingKey ?? undefined) as Record<
      string,
      unknown
    >;
  }
}

export function flagAnswer(flag: StoredFlag): FlagAnswer {
  return {
    id: flag.id,
    kind: flag.kind,
    state: flag.resolvedAt === null ? 'open' : 'resolved',
    ...(flag.subjectId === null ? {} : { personId: flag.subjectId }),
    ...(flag.callId === null ? {} : { callId: flag.callId }),
    ...(flag.vendorId === null ? {} : { vendorId: flag.vendorId }),
    ...(flag.suppressionId === null ? {} : { suppressionId: flag.suppressionId }),
    causeEventId: flag.causeEventId,
    repeats: flag.repeats,
    raisedAt: writeInstant(flag.raisedAt),
    raisedBy: flag.raisedBy,
    ...(flag.resolution === null ? {} : { resolution: flag.resolution }),
    ...(flag.resolvedAt === null ? {} : { resolvedAt: writeInstant(flag.resolvedAt) }),
    ...(flag.resolvedBy === null ? {} : { resolvedBy: flag.resolvedBy }),
    ...(flag.approvalId === null ? {} : { approvalId: flag.approvalId }),
  };
}
