import { Injectable } from '@nestjs/common';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import { uuidV7Floor } from '../../platform/ids/uuid-v7';

export interface OpenedEvent {
  eventId: string;
  type: string;
  subjectId: string;
  /** Under which more can be added to the record; null once the subject is erased. */
  wrappingKey: Buffer | null;
  at: Instant;
  /** The database's clock when this was read. */
  readAt: Instant;
  clear: Record<string, unknown>;
  /** Undefined once the subject is erased. */
  payload: Record<string, unknown> | undefined;
}

interface EventRow {
  event_id: string;
  type: string;
  subject_id: string;
  recorded_at: Date;
  clear: Record<string, unknown>;
  sealed: Buffer;
  wrapped_key: Buffer;
  wrapping_key: Buffer | null;
  read_at: number;
}

const COLUMNS = `
SELECT e.event_id, e.type, e.subject_id, e.recorded_at, e.clear, e.sealed, e.wrapped_key, s.wrapping_key,
  floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS read_at
FROM events e JOIN subjects s ON s.id = e.subject_id`;

/** Opens what was sealed in people's records. */
@Injectable()
export class OpenedEventsReader {
  constructor(private readonly evidence: EvidenceWriter) {}

  /** Undefined where there is no such event of a subject. */
  async find(tx: Tx, eventId: string): Promise<OpenedEvent | undefined> {
    const rows = await tx.query<EventRow>({ text: `${COLUMNS} WHERE e.event_id = $1`, values: [eventId] });
    return rows.map((row) => this.open(row))[0];
  }

  async findAll(tx: Tx, eventIds: readonly string[]): Promise<Map<string, OpenedEvent>> {
    const rows = await tx.query<EventRow>({
      text: `${COLUMNS} WHERE e.event_id = ANY ($1::uuid[])`,
      values: [eventIds],
    });
    return new Map(rows.map((row) => [row.event_id, this.open(row)]));
  }

  /**
   * Events of these subjects and of everything merged into them, newest first; one more than asked for. The month is
   * in the id, so bounds on it spare whole partitions.
   */
  async list(
    tx: Tx,
    subjectIds: readonly string[],
    page: { from?: string; before?: string; types?: readonly string[]; limit: number },
  ): Promise<OpenedEvent[]> {
    const rows = await tx.query<EventRow>({
      text: `
WITH RECURSIVE family (id) AS (
  SELECT unnest($1::uuid[])
  UNION
  SELECT s.id FROM family f JOIN subjects s ON s.merged_into = f.id
)
${COLUMNS}
WHERE e.subject_id = ANY (ARRAY(SELECT id FROM family))
  AND ($2::uuid IS NULL OR e.event_id >= $2) AND ($3::uuid IS NULL OR e.event_id < $3)
  AND ($5::text[] IS NULL OR e.type = ANY ($5))
ORDER BY e.event_id DESC LIMIT $4`,
      values: [subjectIds, page.from ?? null, page.before ?? null, page.limit + 1, page.types ?? null],
    });
    return rows.map((row) => this.open(row));
  }

  /**
   * Events of these records alone, each from a moment on, newest first; one more than asked for. What was merged into
   * them is left out: it was a household's, or of whoever had the number before it was claimed.
   */
  async listOwn(
    tx: Tx,
    records: readonly { id: string; since: Instant }[],
    page: { before: string; types: readonly string[]; limit: number },
  ): Promise<OpenedEvent[]> {
    const rows = await tx.query<EventRow>({
      text: `
${COLUMNS}
WHERE e.subject_id = ANY ($1::uuid[]) AND e.event_id >= ($2::uuid[])[array_position($1::uuid[], e.subject_id)]
  AND e.event_id < $3 AND e.type = ANY ($4::text[])
ORDER BY e.event_id DESC LIMIT $5`,
      values: [
        records.map(({ id }) => id),
        records.map(({ since }) => uuidV7Floor(since)),
        page.before,
        page.types,
        page.limit + 1,
      ],
    });
    return rows.map((row) => this.open(row));
  }

  private open(row: EventRow): OpenedEvent {
    const { sealed, wrapped_key: wrappedKey, wrapping_key: wrappingKey } = row;
    return {
      eventId: row.event_id,
      type: row.type,
      subjectId: row.subject_id,
      wrappingKey,
      at: row.recorded_at.getTime(),
      readAt: row.read_at,
      clear: row.clear,
      payload:
        wrappingKey === null
          ? undefined
          : (this.evidence.open({ id: row.event_id, sealed, wrappedKey }, wrappingKey) as Record<
              string,
              unknown
            >),
    };
  }
}
