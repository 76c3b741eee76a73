import { Injectable } from '@nestjs/common';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';

export interface StoredLink {
  id: string;
  subjectId: string;
  language: string;
  expiresAt: Instant;
  openedAt: Instant | null;
  /** The database's clock when this was read. */
  readAt: Instant;
}

export interface StoredSession {
  subjectId: string;
  /** Claimed by a customer since, on whose row it is now. */
  isMerged: boolean;
  language: string;
  expiresAt: Instant;
  /** This one included. */
  uses: number;
  readAt: Instant;
}

const READ_AT = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "readAt"';
const AT_ONCE = 10_000;

/** Links and what they opened. Only hashes of the secrets are here. */
@Injectable()
export class MyAccessRepository {
  async insertLink(
    tx: Tx,
    link: {
      id: string;
      secretHash: Buffer;
      subjectId: string;
      language: string;
      at: Instant;
      expiresAt: Instant;
    },
  ): Promise<void> {
    await tx.query({
      text: `INSERT INTO my_links (id, secret_hash, subject_id, language, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)`,
      values: [
        link.id,
        link.secretHash,
        link.subjectId,
        link.language,
        new Date(link.at),
        new Date(link.expiresAt),
      ],
    });
  }

  /** Ids of the links that nobody can open any longer. */
  async voidUnopened(tx: Tx, subjectId: string, at: Instant): Promise<string[]> {
    const rows = await tx.query<{ id: string }>({
      text: `
UPDATE my_links SET expires_at = $2 WHERE subject_id = $1 AND opened_at IS NULL AND expires_at > $2 RETURNING id`,
      values: [subjectId, new Date(at)],
    });
    return rows.map((row) => row.id);
  }

  async findLink(tx: Tx, secretHash: Buffer): Promise<StoredLink | undefined> {
    const [row] = await tx.query<StoredLink>({
      text: `
SELECT id, subject_id AS "subjectId", language, (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAt",
  (extract(epoch FROM opened_at) * 1000)::float8 AS "openedAt", ${READ_AT}
FROM my_links WHERE secret_hash = $1`,
      values: [secretHash],
    });
    return row;
  }

  /** False where somebody else has opened it: of two at once, one opens. */
  async markOpened(tx: Tx, id: string, at: Instant): Promise<boolean> {
    const rows = await tx.query({
      text: 'UPDATE my_links SET opened_at = $2 WHERE id = $1 AND opened_at IS NULL RETURNING id',
      values: [id, new Date(at)],
    });
    return rows.length === 1;
  }

  async insertSession(
    tx: Tx,
    session: { secretHash: Buffer; linkId: string; subjectId: string; language: string; expiresAt: Instant },
  ): Promise<void> {
    await tx.query({
      text: `INSERT INTO my_sessions (secret_hash, link_id, subject_id, language, expires_at)
VALUES ($1, $2, $3, $4, $5)`,
      values: [
        session.secretHash,
        session.linkId,
        session.subjectId,
        session.language,
        new Date(session.expiresAt),
      ],
    });
  }

  async useSession(tx: Tx, secretHash: Buffer): Promise<StoredSession | undefined> {
    const [row] = await tx.query<StoredSession>({
      text: `
UPDATE my_sessions SET uses = uses + 1 WHERE secret_hash = $1
RETURNING subject_id AS "subjectId", uses, language,
  EXISTS (SELECT FROM subjects s WHERE s.id = subject_id AND s.merged_into IS NOT NULL) AS "isMerged",
  (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAt", ${READ_AT}`,
      values: [secretHash],
    });
    return row;
  }

  /** Removes what has lapsed before `at`; answers whether there may be more. */
  async forget(tx: Tx, at: Instant): Promise<boolean> {
    let most = 0;
    for (const table of ['my_sessions', 'my_links']) {
      const gone = await tx.query({
        text: `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
SELECT ctid FROM ${table} WHERE expires_at < $1 LIMIT ${AT_ONCE})) RETURNING 1`,
        values: [new Date(at)],
      });
      most = Math.max(most, gone.length);
    }
    return most === AT_ONCE;
  }
}
