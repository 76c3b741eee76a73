import { Injectable } from '@nestjs/common';
import { bareArray, byteaArray } from '../../platform/database/array-parameters';
import type { Tx } from '../../platform/database/database';
import type { ImportSubject } from './import';

/** A word that a source holds. */
export interface Member {
  fingerprint: Buffer;
  wordId: string;
  jobId: string;
}

/** What a full file no longer held. */
export interface ListedRelease {
  suppressionId: string;
  fingerprint: Buffer;
}

/** What sources hold, what a file is compared with, and what waits to be released. */
@Injectable()
export class ImportsRepository {
  async members(
    tx: Tx,
    of: { subject: ImportSubject; source: string },
    fingerprints: readonly Buffer[],
  ): Promise<Map<string, Member>> {
    const rows = await tx.query<Member>({
      name: 'import-members',
      text: `
SELECT fingerprint, word_id AS "wordId", job_id AS "jobId" FROM import_members
WHERE kind = $1 AND source = $2 AND fingerprint = ANY ($3::bytea[])`,
      values: [of.subject, of.source, byteaArray(fingerprints)],
    });
    return new Map(rows.map((row) => [row.fingerprint.toString('hex'), row]));
  }

  /** Of a row that the source holds and that was said again, the new word. */
  async addMembers(
    tx: Tx,
    of: { subject: ImportSubject; source: string; jobId: string },
    members: readonly { fingerprint: Buffer; wordId: string; shown: Buffer }[],
  ): Promise<void> {
    if (members.length === 0) return;
    await tx.query({
      name: 'import-members-add',
      text: `
INSERT INTO import_members (kind, source, job_id, fingerprint, word_id, shown)
SELECT $1, $2, $3, fingerprint, word_id, shown
FROM unnest($4::bytea[], $5::uuid[], $6::bytea[]) AS m (fingerprint, word_id, shown)
ON CONFLICT (kind, source, fingerprint)
  DO UPDATE SET word_id = excluded.word_id, job_id = excluded.job_id, shown = excluded.shown`,
      values: [
        of.subject,
        of.source,
        of.jobId,
        byteaArray(members.map(({ fingerprint }) => fingerprint)),
        bareArray(members.map(({ wordId }) => wordId)),
        byteaArray(members.map(({ shown }) => shown)),
      ],
    });
  }

  async countMembers(tx: Tx, subject: ImportSubject, source: string): Promise<number> {
    const [row] = await tx.query<{ held: number }>({
      text: 'SELECT count(*)::int AS held FROM import_members WHERE kind = $1 AND source = $2',
      values: [subject, source],
    });
    return row?.held ?? 0;
  }

  /** Of these rows those that the file had not held before, each once. */
  async stage(tx: Tx, jobId: string, fingerprints: readonly Buffer[]): Promise<Set<string>> {
    const rows = await tx.query<{ fingerprint: Buffer }>({
      name: 'import-stage',
      text: `
INSERT INTO import_stage (job_id, fingerprint) SELECT $1, * FROM unnest($2::bytea[])
ON CONFLICT DO NOTHING RETURNING fingerprint`,
      values: [jobId, byteaArray(fingerprints)],
    });
    return new Set(rows.map((row) => row.fingerprint.toString('hex')));
  }

  /** A page of members behind `after`, in order, with whether the staged file holds them. */
  async comparedMembers(
    tx: Tx,
    of: { subject: ImportSubject; source: string; jobId: string },
    after: Buffer,
    limit: number,
  ): Promise<{ fingerprint: Buffer; wordId: string; shown: Buffer; isThere: boolean }[]> {
    return tx.query({
      name: 'import-compare',
      text: `
SELECT m.fingerprint, m.word_id AS "wordId", m.shown,
  EXISTS (SELECT FROM import_stage s WHERE s.job_id = $3 AND s.fingerprint = m.fingerprint) AS "isThere"
FROM import_members m WHERE m.kind = $1 AND m.source = $2 AND m.fingerprint > $4
ORDER BY m.fingerprint LIMIT $5`,
      values: [of.subject, of.source, of.jobId, after, limit],
    });
  }

  /** Into this list, out of any other; what a file holds again is in no list any more. */
  async listReleases(
    tx: Tx,
    of: { listId: string; source: string },
    missing: readonly ListedRelease[],
    there: readonly string[],
  ): Promise<void> {
    await this.unlist(tx, there);
    await tx.query({
      name: 'import-list',
      text: `
INSERT INTO import_releases (suppression_id, list_id, source, fingerprint)
SELECT id, $1, $2, fingerprint FROM unnest($3::uuid[], $4::bytea[]) AS r (id, fingerprint)
ON CONFLICT (suppression_id) DO UPDATE SET list_id = excluded.list_id`,
      values: [
        of.listId,
        of.source,
        bareArray(missing.map(({ suppressionId }) => suppressionId)),
        byteaArray(missing.map(({ fingerprint }) => fingerprint)),
      ],
    });
  }

  /** These wait to be released no longer. */
  async unlist(tx: Tx, suppressionIds: readonly string[]): Promise<void> {
    if (suppressionIds.length === 0) return;
    await tx.query({
      name: 'import-unlist',
      text: 'DELETE FROM import_releases WHERE suppression_id = ANY ($1::uuid[])',
      values: [bareArray(suppressionIds)],
    });
  }

  async countListed(tx: Tx, listId: string): Promise<number> {
    const [row] = await tx.query<{ listed: number }>({
      text: 'SELECT count(*)::int AS listed FROM import_releases WHERE list_id = $1',
      values: [listId],
    });
    return row?.listed ?? 0;
  }

  async listed(tx: Tx, listId: string, limit: number): Promise<ListedRelease[]> {
    return tx.query({
      name: 'import-listed',
      text: `
SELECT suppression_id AS "suppressionId", fingerprint FROM import_releases WHERE list_id = $1
ORDER BY suppression_id LIMIT $2`,
      values: [listId, limit],
    });
  }

  /** The source holds these no longer, and they wait for nothing. */
  async dropListed(tx: Tx, source: string, releases: readonly ListedRelease[]): Promise<void> {
    await this.unlist(
      tx,
      releases.map(({ suppressionId }) => suppressionId),
    );
    await tx.query({
      name: 'import-members-drop',
      text: `DELETE FROM import_members WHERE kind = 'suppressions' AND source = $1 AND fingerprint = ANY ($2::bytea[])`,
      values: [source, byteaArray(releases.map(({ fingerprint }) => fingerprint))],
    });
  }

  /** Returns how many there were; at most `limit`. */
  async dropStage(tx: Tx, jobId: string, limit: number): Promise<number> {
    const rows = await tx.query({
      text: `
WITH slice AS (SELECT fingerprint FROM import_stage WHERE job_id = $1 LIMIT $2)
DELETE FROM import_stage s USING slice WHERE s.job_id = $1 AND s.fingerprint = slice.fingerprint RETURNING 1`,
      values: [jobId, limit],
    });
    return rows.length;
  }
}
