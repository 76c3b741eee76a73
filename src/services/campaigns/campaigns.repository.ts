import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Tx } from '../../platform/database/database';
import { CampaignRow } from './campaign.entity';
import type { CampaignState } from './campaign-states';
import { type PageQuery, readPage } from './named-rows.repository';

const READ = `
SELECT id, name, entity, line, product, product_risk AS "productRisk", purpose, vendor_id AS "vendorId",
  caller_ids AS "callerIds", voice, script_version AS "scriptVersion", shares_data AS "sharesData",
  uses_sensitive_data AS "usesSensitiveData", opt_out_key AS "optOutKey", state, edited_by AS "editedBy",
  written_by AS "writtenBy", submitted_by AS "submittedBy", approved_by AS "approvedBy", approved_until AS "approvedUntil",
  review_comment AS "reviewComment", created_at AS "createdAt", updated_at AS "updatedAt"
FROM campaigns WHERE id = $1`;

const SAVE = `
INSERT INTO campaigns (id, name, entity, line, product, product_risk, purpose, vendor_id, caller_ids, voice,
  script_version, shares_data, uses_sensitive_data, opt_out_key, state, edited_by, written_by, submitted_by,
  approved_by, approved_until, review_comment, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, entity = excluded.entity, line = excluded.line,
  product = excluded.product, product_risk = excluded.product_risk, purpose = excluded.purpose,
  vendor_id = excluded.vendor_id, caller_ids = excluded.caller_ids, voice = excluded.voice,
  script_version = excluded.script_version, shares_data = excluded.shares_data,
  uses_sensitive_data = excluded.uses_sensitive_data, opt_out_key = excluded.opt_out_key, state = excluded.state,
  edited_by = excluded.edited_by, written_by = excluded.written_by, submitted_by = excluded.submitted_by, approved_by = excluded.approved_by,
  approved_until = excluded.approved_until, review_comment = excluded.review_comment,
  updated_at = excluded.updated_at`;

/** Which campaigns a reader may see and wants to. */
export interface CampaignFilter extends PageQuery {
  state?: CampaignState;
  vendorId?: string;
}

@Injectable()
export class CampaignsRepository {
  constructor(@InjectRepository(CampaignRow) private readonly rows: Repository<CampaignRow>) {}

  async find(id: string): Promise<CampaignRow | undefined> {
    return (await this.rows.findOneBy({ id })) ?? undefined;
  }

  /** One more than the page, newest first. */
  list(filter: CampaignFilter): Promise<CampaignRow[]> {
    const { state, vendorId } = filter;
    const rows = this.rows.createQueryBuilder('row');
    if (state !== undefined) rows.andWhere('row.state = :state', { state });
    if (vendorId !== undefined) rows.andWhere('row.vendorId = :vendorId', { vendorId });
    return readPage(rows, filter);
  }

  /** As the transaction sees it; the caller holds the named lock. */
  async read(tx: Tx, id: string): Promise<CampaignRow | undefined> {
    const [row] = await tx.query<CampaignRow>({ text: READ, values: [id] });
    return row;
  }

  async save(tx: Tx, row: CampaignRow): Promise<void> {
    await tx.query({
      name: 'campaign-save',
      text: SAVE,
      values: [
        row.id,
        row.name,
        row.entity,
        row.line,
        row.product,
        row.productRisk,
        row.purpose,
        row.vendorId,
        row.callerIds,
        row.voice,
        row.scriptVersion,
        row.sharesData,
        row.usesSensitiveData,
        row.optOutKey,
        row.state,
        row.editedBy,
        row.writtenBy,
        row.submittedBy,
        row.approvedBy,
        row.approvedUntil,
        row.reviewComment,
        row.createdAt,
        row.updatedAt,
      ],
    });
  }
}
