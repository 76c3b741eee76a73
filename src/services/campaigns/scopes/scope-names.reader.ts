import { Injectable } from '@nestjs/common';
import type { Tx } from '../../../platform/database/database';

/** What a word may be narrowed to; lines and products are known by the campaigns that name them (RULINGS 21). */
export type NamedScopeKind = 'entity' | 'line' | 'product' | 'campaign';
/** And what else a stop may be. */
type NamedThing = NamedScopeKind | 'vendor' | 'callerId';

/** By their table: no secret to anybody who may name one. */
const OF_THINGS = {
  entity: 'SELECT id AS name FROM entities WHERE lower(id) = lower($1)',
  vendor: 'SELECT id AS name FROM vendors WHERE lower(id) = lower($1)',
  callerId: 'SELECT id AS name FROM caller_ids WHERE lower(id) = lower($1)',
} as const;

/** Of campaigns in every state: an ended one may have calls under way, a draft will have some. */
const ofCampaigns = (column: 'line' | 'product' | 'id'): string => `
SELECT DISTINCT ${column} AS name FROM campaigns
WHERE lower(${column}) = lower($1) AND ($2::text IS NULL OR vendor_id = $2)`;

const COLUMN = { line: 'line', product: 'product', campaign: 'id' } as const;

/** Names that campaigns go by, for whoever narrows a word to one. */
@Injectable()
export class ScopeNamesReader {
  /**
   * The known spellings of a name, of which case is not part; none where nothing is called that. For a vendor only its
   * own campaigns exist, so a foreign one reads like one that is not there (RULINGS 25); entities are no secret.
   */
  async spellingsOf(tx: Tx, kind: NamedThing, name: string, vendorId?: string): Promise<string[]> {
    const rows = await tx.query<{ name: string }>(
      kind === 'entity' || kind === 'vendor' || kind === 'callerId'
        ? { text: OF_THINGS[kind], values: [name] }
        : { text: ofCampaigns(COLUMN[kind]), values: [name, vendorId ?? null] },
    );
    return rows.map((row) => row.name);
  }
}
