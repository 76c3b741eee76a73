import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Tx } from '../../../platform/database/database';
import { type PageQuery, readPage } from '../named-rows.repository';
import { CallerIdRow } from './caller-id.entity';

const READ = `
SELECT id, number, class, entity, right_of_use_document AS "rightOfUseDocument",
  right_of_use_expires AS "rightOfUseExpires", purposes, vendors, created_at AS "createdAt", updated_at AS "updatedAt"
FROM caller_ids WHERE id = $1`;

const SAVE = `
INSERT INTO caller_ids (id, number, class, entity, right_of_use_document, right_of_use_expires, purposes, vendors,
  created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO UPDATE SET number = excluded.number, class = excluded.class, entity = excluded.entity,
  right_of_use_document = excluded.right_of_use_document, right_of_use_expires = excluded.right_of_use_expires,
  purposes = excluded.purposes, vendors = excluded.vendors, updated_at = excluded.updated_at`;

@Injectable()
export class CallerIdsRepository {
  constructor(@InjectRepository(CallerIdRow) private readonly rows: Repository<CallerIdRow>) {}

  async find(id: string): Promise<CallerIdRow | undefined> {
    return (await this.rows.findOneBy({ id })) ?? undefined;
  }

  /** One more than the page, newest first. */
  list(page: PageQuery): Promise<CallerIdRow[]> {
    return readPage(this.rows.createQueryBuilder('row'), page);
  }

  /** As the transaction sees it; the caller holds the named lock. */
  async read(tx: Tx, id: string): Promise<CallerIdRow | undefined> {
    const [row] = await tx.query<CallerIdRow>({ text: READ, values: [id] });
    return row;
  }

  /** Which of these ids are registered. */
  async known(tx: Tx, ids: readonly string[]): Promise<Set<string>> {
    const rows = await tx.query<{ id: string }>({
      text: 'SELECT id FROM caller_ids WHERE id = ANY ($1::text[])',
      values: [ids],
    });
    return new Set(rows.map(({ id }) => id));
  }

  /** True where the number is registered under another id. */
  async isTaken(tx: Tx, number: string, id: string): Promise<boolean> {
    const rows = await tx.query({
      text: 'SELECT 1 FROM caller_ids WHERE number = $1 AND id <> $2',
      values: [number, id],
    });
    return rows.length > 0;
  }

  async save(tx: Tx, row: CallerIdRow): Promise<void> {
    await tx.query({
      name: 'caller-id-save',
      text: SAVE,
      values: [
        row.id,
        row.number,
        row.class,
        row.entity,
        row.rightOfUseDocument,
        row.rightOfUseExpires,
        row.purposes,
        row.vendors,
        row.createdAt,
        row.updatedAt,
      ],
    });
  }
}
