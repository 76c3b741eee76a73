import { Injectable } from '@nestjs/common';
import type { ConsentEvent } from '../../../domain/consent/consent-fold';
import type { ConsentAttributes, ConsentGrant, WishScope } from '../../../domain/decision/facts';
import type { Channel, ConsentPurpose } from '../../../domain/decision/purpose';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';
import { FAMILY } from '../wishes/wishes.repository';

/** An event as history holds it. */
export type StoredConsentEvent = ConsentEvent & {
  /** Of a withdrawal or refusal: what the person can be told to have been written down. */
  receiptId?: string;
  subjectId: string;
  recordedBy: string;
  eventId: string;
};

interface ConsentRow {
  id: string;
  receipt_id: string | null;
  subject_id: string;
  person_id: string | null;
  kind: ConsentEvent['kind'];
  scope_kind: WishScope['kind'] | null;
  scope_id: string | null;
  purposes: ConsentPurpose[];
  channels: Channel[];
  attributes: ConsentAttributes | null;
  at: Date;
  expires_at: Date | null;
  taken_back: string | null;
  recorded_at: Date;
  recorded_by: string;
  event_id: string;
}

const COLUMNS = `
SELECT id, receipt_id, subject_id, person_id, kind, scope_kind, scope_id, purposes, channels, attributes, at, expires_at,
  taken_back, recorded_at, recorded_by, event_id
FROM consent_events`;

@Injectable()
export class ConsentsRepository {
  async insert(tx: Tx, event: StoredConsentEvent): Promise<void> {
    const grant = event.kind === 'granted' ? event : undefined;
    await tx.query({
      name: 'consent-insert',
      text: `
INSERT INTO consent_events (id, receipt_id, subject_id, person_id, kind, scope_kind, scope_id, purposes, channels,
  attributes, at, expires_at, taken_back, recorded_at, recorded_by, event_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
      values: [
        event.id,
        event.receiptId ?? null,
        event.subjectId,
        event.personId ?? null,
        event.kind,
        ...scopeColumns(event),
        event.purposes,
        event.channels,
        grant === undefined ? null : JSON.stringify(grant.attributes),
        new Date(event.at),
        grant?.expiresAt === undefined ? null : new Date(grant.expiresAt),
        event.kind === 'granted' ? null : (event.consentId ?? null),
        new Date(event.recordedAt),
        event.recordedBy,
        event.eventId,
      ],
    });
  }

  async find(tx: Tx, id: string): Promise<StoredConsentEvent | undefined> {
    const rows = await tx.query<ConsentRow>({ text: `${COLUMNS} WHERE id = $1`, values: [id] });
    return rows.map(eventOf)[0];
  }

  /** All events of these subjects, and of everything merged into them, that were known at an instant; newest first. */
  async list(
    tx: Tx,
    subjectIds: readonly string[],
    knownAt: Instant | undefined,
  ): Promise<StoredConsentEvent[]> {
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

/** A grant names what it is given to, also where that is the group; a word that takes back names only what narrows it. */
export function scopeColumns({ kind, scope }: ConsentEvent): [string | null, string | null] {
  if (scope === undefined || (kind !== 'granted' && scope.kind === 'group')) return [null, null];
  return [scope.kind, 'id' in scope ? scope.id : null];
}

function eventOf(row: ConsentRow): StoredConsentEvent {
  const common = {
    id: row.id,
    ...(row.receipt_id === null ? {} : { receiptId: row.receipt_id }),
    subjectId: row.subject_id,
    ...(row.person_id === null ? {} : { personId: row.person_id }),
    purposes: row.purposes,
    channels: row.channels,
    at: row.at.getTime(),
    recordedAt: row.recorded_at.getTime(),
    recordedBy: row.recorded_by,
    eventId: row.event_id,
  };
  if (row.kind !== 'granted') {
    const scope = narrowedScope(row);
    return {
      ...common,
      kind: row.kind,
      ...(scope === undefined ? {} : { scope }),
      ...(row.taken_back === null ? {} : { consentId: row.taken_back }),
    };
  }
  return {
    ...common,
    kind: row.kind,
    scope: grantScope(row),
    attributes: row.attributes ?? {},
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at.getTime() }),
  };
}

function grantScope({ scope_kind: kind, scope_id: id }: ConsentRow): ConsentGrant['scope'] {
  return kind === 'entity' && id !== null ? { kind, id } : { kind: 'group', id: id ?? 'group' };
}

function narrowedScope({ scope_kind: kind, scope_id: id }: ConsentRow): WishScope | undefined {
  return kind === null || kind === 'group' || id === null ? undefined : { kind, id };
}
