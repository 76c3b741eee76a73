import { Injectable } from '@nestjs/common';
import type { ConsentAttributes } from '../../../domain/decision/facts';
import type { Channel, ConsentPurpose } from '../../../domain/decision/purpose';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';
import { FAMILY } from '../wishes/wishes.repository';
import type { ConsentEvent } from './current-consents';

interface ConsentRow {
  id: string;
  receipt_id: string | null;
  subject_id: string;
  person_id: string | null;
  kind: ConsentEvent['kind'];
  scope_kind: 'entity' | 'group' | null;
  scope_id: string | null;
  purposes: ConsentPurpose[];
  channels: Channel[];
  attributes: ConsentAttributes | null;
  at: Date;
  expires_at: Date | null;
  recorded_at: Date;
  recorded_by: string;
  event_id: string;
}

const COLUMNS = `
SELECT id, receipt_id, subject_id, person_id, kind, scope_kind, scope_id, purposes, channels, attributes, at, expires_at,
  recorded_at, recorded_by, event_id
FROM consent_events`;

@Injectable()
export class ConsentsRepository {
  async insert(tx: Tx, event: ConsentEvent): Promise<void> {
    await tx.query({
      name: 'consent-insert',
      text: `
INSERT INTO consent_events (id, receipt_id, subject_id, person_id, kind, scope_kind, scope_id, purposes, channels,
  attributes, at, expires_at, recorded_at, recorded_by, event_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
      values: [
        event.id,
        event.receiptId ?? null,
        event.subjectId,
        event.personId ?? null,
        event.kind,
        event.scope?.kind ?? null,
        event.scope?.id ?? null,
        event.purposes,
        event.channels,
        event.attributes === undefined ? null : JSON.stringify(event.attributes),
        new Date(event.at),
        event.expiresAt === undefined ? null : new Date(event.expiresAt),
        new Date(event.recordedAt),
        event.recordedBy,
        event.eventId,
      ],
    });
  }

  async find(tx: Tx, id: string): Promise<ConsentEvent | undefined> {
    const rows = await tx.query<ConsentRow>({ text: `${COLUMNS} WHERE id = $1`, values: [id] });
    return rows.map(eventOf)[0];
  }

  /** All events of these subjects, and of everything merged into them, that were known at an instant; newest first. */
  async list(tx: Tx, subjectIds: readonly string[], knownAt: Instant | undefined): Promise<ConsentEvent[]> {
    const rows = await tx.query<ConsentRow>({
      text: `${FAMILY}
${COLUMNS}
WHERE subject_id IN (SELECT id FROM family) AND ($2::timestamptz IS NULL OR recorded_at <= $2)
ORDER BY recorded_at DESC, id DESC`,
      values: [subjectIds, knownAt === undefined ? null : new Date(knownAt)],
    });
    return rows.map(eventOf);
  }
}

function eventOf(row: ConsentRow): ConsentEvent {
  const { scope_kind: kind, scope_id: id } = row;
  return {
    id: row.id,
    ...(row.receipt_id === null ? {} : { receiptId: row.receipt_id }),
    subjectId: row.subject_id,
    ...(row.person_id === null ? {} : { personId: row.person_id }),
    kind: row.kind,
    ...(kind === null || id === null ? {} : { scope: { kind, id } }),
    purposes: row.purposes,
    channels: row.channels,
    ...(row.attributes === null ? {} : { attributes: row.attributes }),
    at: row.at.getTime(),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at.getTime() }),
    recordedAt: row.recorded_at.getTime(),
    recordedBy: row.recorded_by,
    eventId: row.event_id,
  };
}
