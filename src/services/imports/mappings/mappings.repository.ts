import { Injectable } from '@nestjs/common';
import type { Tx } from '../../../platform/database/database';
import { startOf } from '../../../platform/http/cursor';
import type { Mapping } from './mapping';

interface MappingRow extends Omit<Mapping, 'changedBy' | 'changedAt'> {
  changed_by: string;
  changed_at: Date;
}

const COLUMNS = 'SELECT name, subject, columns, defaults, changed_by, changed_at FROM import_mappings';

@Injectable()
export class MappingsRepository {
  /** Whether it is new. */
  async put(tx: Tx, mapping: Mapping): Promise<boolean> {
    const [row] = await tx.query<{ made: boolean }>({
      text: `
INSERT INTO import_mappings (name, subject, columns, defaults, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (name) DO UPDATE SET subject = excluded.subject, columns = excluded.columns, defaults = excluded.defaults,
  changed_by = excluded.changed_by, changed_at = excluded.changed_at
RETURNING xmax = 0 AS made`,
      values: [
        mapping.name,
        mapping.subject,
        JSON.stringify(mapping.columns),
        JSON.stringify(mapping.defaults),
        mapping.changedBy,
        new Date(mapping.changedAt),
      ],
    });
    return row?.made === true;
  }

  async find(tx: Tx, name: string): Promise<Mapping | undefined> {
    const rows = await tx.query<MappingRow>({ text: `${COLUMNS} WHERE name = $1`, values: [name] });
    return rows.map(mappingOf)[0];
  }

  /** One more than the page, the last changed first. */
  async list(tx: Tx, page: { limit: number; cursor?: string }): Promise<Mapping[]> {
    const start = startOf(page, 'text');
    const rows = await tx.query<MappingRow>({
      text: `${COLUMNS}
WHERE ($1::timestamptz IS NULL OR (changed_at, name) < ($1, $2))
ORDER BY changed_at DESC, name DESC LIMIT $3`,
      values: [start.at, start.id, page.limit + 1],
    });
    return rows.map(mappingOf);
  }
}

function mappingOf({ changed_by: changedBy, changed_at: at, ...row }: MappingRow): Mapping {
  return { ...row, changedBy, changedAt: at.getTime() };
}
