import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Tx } from '../../../platform/database/database';
import { startOf } from '../../../platform/http/cursor';
import type { PageQuery } from '../named-rows.repository';
import { ScriptRow } from './script.entity';

/** A version as it is submitted; the database hashes its text. */
export type NewScript = Omit<ScriptRow, 'textSha256' | 'state' | 'approvedBy' | 'approvedAt'>;

const COLUMNS = `
campaign_id AS "campaignId", version, kind, text, disclosure, language, model, text_sha256 AS "textSha256", state,
submitted_by AS "submittedBy", approved_by AS "approvedBy", approved_at AS "approvedAt", created_at AS "createdAt"`;

const INSERT = `
INSERT INTO scripts (campaign_id, version, kind, text, disclosure, language, model, text_sha256, state, submitted_by,
  created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, encode(sha256(convert_to($4, 'UTF8')), 'hex'), 'submitted', $8, $9)
RETURNING ${COLUMNS}`;

@Injectable()
export class ScriptsRepository {
  constructor(@InjectRepository(ScriptRow) private readonly rows: Repository<ScriptRow>) {}

  async find(campaignId: string, version: string): Promise<ScriptRow | undefined> {
    return (await this.rows.findOneBy({ campaignId, version })) ?? undefined;
  }

  /** One more than the page, newest first. */
  list(campaignId: string, page: PageQuery): Promise<ScriptRow[]> {
    const { at, id } = startOf(page, 'text');
    const rows = this.rows.createQueryBuilder('row').where('row.campaignId = :campaignId', { campaignId });
    if (at !== null) rows.andWhere('(row.createdAt, row.version) < (:at, :id)', { at, id });
    return rows
      .orderBy('row.createdAt', 'DESC')
      .addOrderBy('row.version', 'DESC')
      .limit(page.limit + 1)
      .getMany();
  }

  /** As the transaction sees it; the caller holds the named lock of the campaign. */
  async read(tx: Tx, campaignId: string, version: string): Promise<ScriptRow | undefined> {
    const [row] = await tx.query<ScriptRow>({
      text: `SELECT ${COLUMNS} FROM scripts WHERE campaign_id = $1 AND version = $2`,
      values: [campaignId, version],
    });
    return row;
  }

  async insert(tx: Tx, script: NewScript): Promise<ScriptRow> {
    const { campaignId, version, kind, text, disclosure, language, model, submittedBy, createdAt } = script;
    const [row] = await tx.query<ScriptRow>({
      name: 'script-insert',
      text: INSERT,
      values: [campaignId, version, kind, text, disclosure, language, model, submittedBy, createdAt],
    });
    if (row === undefined) throw new Error('The script was not stored.');
    return row;
  }

  async approve(tx: Tx, script: ScriptRow, by: string, at: Date): Promise<ScriptRow> {
    await tx.query({
      name: 'script-approve',
      text: `
UPDATE scripts SET state = 'approved', approved_by = $3, approved_at = $4 WHERE campaign_id = $1 AND version = $2`,
      values: [script.campaignId, script.version, by, at],
    });
    return { ...script, state: 'approved', approvedBy: by, approvedAt: at };
  }
}
