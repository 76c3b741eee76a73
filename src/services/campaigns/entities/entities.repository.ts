import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Tx } from '../../../platform/database/database';
import { type PageQuery, readPage } from '../named-rows.repository';
import { EntityRow } from './entity.entity';

@Injectable()
export class EntitiesRepository {
  constructor(@InjectRepository(EntityRow) private readonly rows: Repository<EntityRow>) {}

  async find(id: string): Promise<EntityRow | undefined> {
    return (await this.rows.findOneBy({ id })) ?? undefined;
  }

  /** One more than the page, newest first. */
  list(page: PageQuery): Promise<EntityRow[]> {
    return readPage(this.rows.createQueryBuilder('row'), page);
  }

  /** As the transaction sees it; the caller holds the named lock. */
  async read(tx: Tx, id: string): Promise<EntityRow | undefined> {
    const [row] = await tx.query<EntityRow>({
      text: `
SELECT id, name, address, contact, created_at AS "createdAt", updated_at AS "updatedAt" FROM entities WHERE id = $1`,
      values: [id],
    });
    return row;
  }

  async save(tx: Tx, row: EntityRow): Promise<void> {
    await tx.query({
      name: 'entity-save',
      text: `
INSERT INTO entities (id, name, address, contact, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, address = excluded.address, contact = excluded.contact,
  updated_at = excluded.updated_at`,
      values: [row.id, row.name, row.address, row.contact, row.createdAt, row.updatedAt],
    });
  }
}
