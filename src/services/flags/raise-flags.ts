import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import type { Instant } from '../../domain/time/instant';
import { DatabaseTime } from '../../platform/clock/database-time';
import type { Tx } from '../../platform/database/database';
import { type EvidenceInput, EvidenceWriter } from '../../platform/evidence/evidence-writer';
import { uuidV7 } from '../../platform/ids/uuid-v7';
import { type FlagKind, FlagsPort, type OpenFlag, type RaisedFlag } from './flags.port';
import { FlagsRepository } from './flags.repository';

/** Whose record an event of a flag goes into, and when. */
interface FlagRecord {
  subject: { id: string; wrappingKey: Buffer } | undefined;
  at: Instant;
}

/** Writes flags and their resolutions, each with its event, in the transaction of what gave rise to it. */
@Injectable()
export class RaiseFlags extends FlagsPort {
  constructor(
    private readonly flags: FlagsRepository,
    private readonly evidence: EvidenceWriter,
    private readonly time: DatabaseTime,
  ) {
    super();
  }

  async raise(tx: Tx, flag: RaisedFlag): Promise<{ id: string }> {
    const { kind, causeEventId, callId = null, vendorId = null, suppressionId = null, actor } = flag;
    if (flag.subjectId === undefined) await this.flags.lockCause(tx, causeEventId);
    const { subject, at } = await this.recordOf(tx, flag.subjectId);
    const subjectId = subject?.id ?? null;
    const same = await this.flags.findSame(tx, { kind, subjectId, callId, causeEventId });
    if (same !== undefined) return { id: same };
    const id = uuidV7(at);
    const ids = {
      flagId: id,
      kind,
      ...(callId === null ? {} : { callId }),
      ...(vendorId === null ? {} : { vendorId }),
      ...(suppressionId === null ? {} : { suppressionId }),
    };
    const eventId = await this.write(tx, id, subject, {
      type: 'flag.raised.v1',
      at,
      clear: ids,
      payload: { ...ids, causeEventId, detail: flag.detail, actor: recordedActor(actor) },
    });
    await this.flags.insert(tx, {
      id,
      kind,
      subjectId,
      callId,
      vendorId,
      causeEventId,
      suppressionId,
      raisedAt: at,
      raisedBy: actor.clientId,
      eventId,
    });
    return { id };
  }

  async repeat(tx: Tx, flagId: string, again: { causeEventId: string; at: Instant }): Promise<void> {
    await this.flags.repeat(tx, flagId, again);
  }

  async openOf(tx: Tx, kind: FlagKind, subjectIds: readonly string[]): Promise<OpenFlag[]> {
    return this.flags.openOf(tx, kind, subjectIds);
  }

  async settle(
    tx: Tx,
    flagId: string,
    settled: { resolution: string; note: string; approvalId?: string; actor: Actor },
  ): Promise<void> {
    const flag = await this.flags.find(tx, flagId);
    if (flag === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such flag.' });
    if (flag.resolvedAt !== null)
      throw new AppError('CONFLICT', { detail: 'This flag is resolved already.' });
    const { resolution, note, approvalId, actor } = settled;
    const { subject, at } = await this.recordOf(tx, flag.subjectId ?? undefined);
    const ids = { flagId, kind: flag.kind, resolution, approvalId };
    const eventId = await this.write(tx, flagId, subject, {
      type: 'flag.resolved.v1',
      at,
      clear: { ...ids, resolvedBy: actor.clientId },
      payload: { ...ids, note, actor: recordedActor(actor) },
    });
    await this.flags.resolve(tx, {
      flagId,
      resolution,
      at,
      by: actor.clientId,
      approvalId: approvalId ?? null,
      eventId,
    });
  }

  private async recordOf(tx: Tx, subjectId: string | undefined): Promise<FlagRecord> {
    const { id, wrappingKey, now } = await this.flags.recordOf(tx, subjectId);
    const at = this.time.at(now);
    if (subjectId === undefined) return { subject: undefined, at };
    if (id === null || wrappingKey === null) {
      throw new AppError('RECORD_ERASED', { detail: 'This person has been erased.' });
    }
    return { subject: { id, wrappingKey }, at };
  }

  private async write(
    tx: Tx,
    flagId: string,
    subject: FlagRecord['subject'],
    event: Pick<EvidenceInput, 'type' | 'at' | 'clear' | 'payload'>,
  ): Promise<string> {
    const [eventId] = await this.evidence.record(tx, [
      {
        ...event,
        ...(subject === undefined ? {} : { subject }),
        partitionKey: subject?.id ?? flagId,
        clear: { ...event.clear, ...(subject === undefined ? {} : { subjectId: subject.id }) },
      },
    ]);
    if (eventId === undefined) throw new Error('An event got no id.');
    return eventId;
  }
}

function recordedActor({ clientId, kind, name, roles, vendorId }: Actor) {
  return { clientId, kind, name, roles: [...roles], vendorId };
}
