import { Injectable } from '@nestjs/common';
import type { GrantEvent } from '../../../domain/consent/consent-fold';
import { bareArray, textArray } from '../../../platform/database/array-parameters';
import type { Tx } from '../../../platform/database/database';
import { Keyring } from '../../../platform/keys/keyring';
import { type StoredConsentEvent, scopeColumns } from '../consents/consents.repository';
import { CLAIM_IS_OPEN } from './open-claims';

type StoredGrant = StoredConsentEvent & GrantEvent;

const INSERT = `
INSERT INTO consent_events (id, subject_id, person_id, kind, scope_kind, scope_id, purposes, channels, attributes, at,
  expires_at, recorded_at, recorded_by, event_id)
SELECT id, subject_id, person_id, 'granted', scope_kind, scope_id, string_to_array(purposes, ';'),
  string_to_array(channels, ';'), attributes::json, 'epoch'::timestamptz + at * interval '1 ms',
  'epoch'::timestamptz + expires_at * interval '1 ms', 'epoch'::timestamptz + recorded_at * interval '1 ms', $12::uuid,
  event_id
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[],
  $10::bigint[], $11::bigint[], $13::uuid[])
  AS g (id, subject_id, person_id, scope_kind, scope_id, purposes, channels, attributes, at, expires_at, recorded_at,
    event_id)`;

/** As `PeopleReader.numbersOf`, of each of the rows $1 by itself. */
const NUMBERS = `
WITH own AS (
  SELECT unnest($1::uuid[]) AS own
)
SELECT o.own, n.id, n.sealed FROM own o JOIN numbers n ON n.subject_id = o.own WHERE n.sealed IS NOT NULL
UNION
SELECT o.own, n.id, n.sealed FROM own o
JOIN people_numbers c ON c.person_id = o.own AND ${CLAIM_IS_OPEN}
JOIN numbers n ON n.id = c.number_id WHERE n.sealed IS NOT NULL
ORDER BY own, id`;

@Injectable()
export class ConsentRowsRepository {
  constructor(private readonly keyring: Keyring) {}

  async insert(tx: Tx, grants: readonly StoredGrant[], clientId: string): Promise<void> {
    if (grants.length === 0) return;
    const scopes = grants.map(scopeColumns);
    await tx.query({
      name: 'bulk-consent-insert',
      text: INSERT,
      values: [
        bareArray(grants.map(({ id }) => id)),
        bareArray(grants.map(({ subjectId }) => subjectId)),
        bareArray(grants.map(({ personId }) => personId ?? null)),
        textArray(scopes.map(([kind]) => kind)),
        textArray(scopes.map(([, id]) => id)),
        textArray(grants.map(({ purposes }) => purposes.join(';'))),
        textArray(grants.map(({ channels }) => channels.join(';'))),
        textArray(grants.map(({ attributes }) => JSON.stringify(attributes))),
        bareArray(grants.map(({ at }) => at)),
        bareArray(grants.map(({ expiresAt }) => expiresAt ?? null)),
        bareArray(grants.map(({ recordedAt }) => recordedAt)),
        clientId,
        bareArray(grants.map(({ eventId }) => eventId)),
      ],
    });
  }

  /** Numbers that each of these rows holds or its person claims, opened. */
  async numbersOf(tx: Tx, subjectIds: readonly string[]): Promise<Map<string, string[]>> {
    const rows = await tx.query<{ own: string; sealed: Buffer }>({
      name: 'bulk-numbers-of',
      text: NUMBERS,
      values: [bareArray(subjectIds)],
    });
    const numbers = new Map<string, string[]>();
    for (const { own, sealed } of rows) {
      const number = this.keyring.openIdentifier(sealed);
      const of = numbers.get(own);
      if (of === undefined) numbers.set(own, [number]);
      else of.push(number);
    }
    return numbers;
  }
}
