import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import type { Instant } from '../../domain/time/instant';
import { DatabaseTime } from '../../platform/clock/database-time';
import type { Tx } from '../../platform/database/database';
import { type EvidenceInput, EvidenceWriter } from '../../platform/evidence/evidence-writer';
import { recordedActor } from './recorded-actor';
import type { LockedSubject } from './subjects.port';

/** How a person's record was read. */
export interface Reading {
  actor: Actor;
  /** What was read, e.g. `person.timeline`. */
  what: string;
  /** Given where numbers were shown whole. */
  unmaskReason?: string | undefined;
}

/** Writes into the record of a person whose row the caller has locked. */
@Injectable()
export class PersonRecord {
  constructor(
    private readonly evidence: EvidenceWriter,
    private readonly time: DatabaseTime,
  ) {}

  /** Returns the event's id. @throws AppError RECORD_ERASED: nothing can be added to a record that is no more. */
  async record(
    tx: Tx,
    own: Pick<LockedSubject, 'id' | 'wrappingKey'>,
    event: Pick<EvidenceInput, 'type' | 'clear' | 'payload'> & { at: Instant },
  ): Promise<string> {
    if (own.wrappingKey === null) throw erased();
    const [eventId] = await this.evidence.record(tx, [
      {
        ...event,
        subject: { id: own.id, wrappingKey: own.wrappingKey },
        partitionKey: own.id,
        clear: { ...event.clear, subjectId: own.id },
      },
    ]);
    if (eventId === undefined) throw new Error('An event got no id.');
    return eventId;
  }

  /** Reading is logged too (promise 10): in the transaction that reads, so that nothing is shown without its entry. */
  async recordRead(
    tx: Tx,
    own: Pick<LockedSubject, 'id' | 'wrappingKey' | 'lockedAt'>,
    reading: Reading,
  ): Promise<void> {
    const unmasked = reading.unmaskReason !== undefined;
    await this.record(tx, own, {
      type: 'person.read.v1',
      at: this.time.at(own.lockedAt),
      clear: { what: reading.what, unmasked, clientId: reading.actor.clientId },
      payload: {
        what: reading.what,
        unmaskReason: reading.unmaskReason,
        actor: recordedActor(reading.actor),
      },
    });
  }
}

export function erased(): AppError {
  return new AppError('RECORD_ERASED', { detail: 'This person has been erased.' });
}
