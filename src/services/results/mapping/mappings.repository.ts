import { Injectable } from '@nestjs/common';
import type { ResultsMapping } from '../../../domain/results/mapping';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';

export interface MappingVersion {
  version: number;
  createdAt: Instant;
  createdBy: string;
}

export interface StoredMapping extends MappingVersion {
  mapping: ResultsMapping;
}

const VERSION = `version, created_by AS "createdBy", (extract(epoch FROM created_at) * 1000)::float8 AS "createdAt"`;
const SHOWN_VERSIONS = 100;

/** Mappings of vendors' reports; every version stays, because results were read by it. */
@Injectable()
export class MappingsRepository {
  /** One change of a vendor's mapping at a time; results that are read meanwhile see the one before. */
  async takeTurn(tx: Tx, vendorId: string): Promise<void> {
    await tx.query({
      name: 'results-mapping-turn',
      text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
      values: [`results-mapping\n${vendorId}`],
    });
  }

  /** The newest, or the one asked for; undefined where there is none. */
  async find(tx: Tx, vendorId: string, version?: number): Promise<StoredMapping | undefined> {
    const rows = await tx.query<StoredMapping>({
      name: 'results-mapping-find',
      text: `
SELECT mapping, ${VERSION} FROM results_mappings
WHERE vendor_id = $1 AND ($2::int IS NULL OR version = $2) ORDER BY version DESC LIMIT 1`,
      values: [vendorId, version ?? null],
    });
    return rows[0];
  }

  /** Newest first; the latest hundred. */
  async versions(tx: Tx, vendorId: string): Promise<MappingVersion[]> {
    return tx.query<MappingVersion>({
      name: 'results-mapping-versions',
      text: `
SELECT ${VERSION} FROM results_mappings WHERE vendor_id = $1 ORDER BY version DESC LIMIT ${SHOWN_VERSIONS}`,
      values: [vendorId],
    });
  }

  async insert(tx: Tx, row: StoredMapping & { vendorId: string; eventId: string }): Promise<void> {
    await tx.query({
      name: 'results-mapping-insert',
      text: `
INSERT INTO results_mappings (vendor_id, version, mapping, created_at, created_by, event_id)
VALUES ($1, $2, $3, $4, $5, $6)`,
      values: [
        row.vendorId,
        row.version,
        JSON.stringify(row.mapping),
        new Date(row.createdAt),
        row.createdBy,
        row.eventId,
      ],
    });
  }
}
