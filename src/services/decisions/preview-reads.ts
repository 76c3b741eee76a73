import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import type { Instant } from '../../domain/time/instant';
import { DatabaseTime } from '../../platform/clock/database-time';
import type { Tx } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import { AUTHORIZATION_TTL } from './decision-options';

interface TouchedSubject {
  id: string;
  wrappingKey: Buffer;
}

/**
 * A preview looks at people's records, and reading is recorded too (promise 10): one entry a preview, naming how many
 * were asked for, in the reader's name. The preview of one person is part of that person's record; a scrub of a million
 * rows must not write a million entries, so there the people are named inside the sealed evidence and not one by one.
 */
@Injectable()
export class PreviewReads {
  constructor(
    private readonly evidence: EvidenceWriter,
    private readonly time: DatabaseTime,
    @Inject(AUTHORIZATION_TTL) readonly ttl: number,
  ) {}

  now(reading: Instant): Instant {
    return this.time.at(reading);
  }

  async record(
    tx: Tx,
    read: { actor: Actor; at: Instant; touched: readonly TouchedSubject[]; asked: number },
  ): Promise<void> {
    const { actor, at, asked } = read;
    const only = read.touched.length === 1 && asked === 1 ? read.touched[0] : undefined;
    await this.evidence.record(tx, [
      {
        type: 'call.previewed.v1',
        at,
        ...(only === undefined ? {} : { subject: { id: only.id, wrappingKey: only.wrappingKey } }),
        partitionKey: only?.id ?? actor.clientId,
        clear: { asked, known: read.touched.length, clientId: actor.clientId },
        payload: {
          asked,
          reader: { clientId: actor.clientId, kind: actor.kind, name: actor.name },
          subjects: read.touched.map((subject) => subject.id),
        },
      },
    ]);
  }
}
