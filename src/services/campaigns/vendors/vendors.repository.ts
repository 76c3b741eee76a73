import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Tx } from '../../../platform/database/database';
import { type PageQuery, readPage } from '../named-rows.repository';
import { VendorRow } from './vendor.entity';

const READ = `
SELECT id, name, status, contact, created_at AS "createdAt", updated_at AS "updatedAt" FROM vendors WHERE id = $1`;

@Injectable()
export class VendorsRepository {
  constructor(@InjectRepository(VendorRow) private readonly rows: Repository<VendorRow>) {}

  async find(id: string): Promise<VendorRow | undefined> {
    return (await this.rows.findOneBy({ id })) ?? undefined;
  }

  /** One more than the page, newest first. */
  list(page: PageQuery): Promise<VendorRow[]> {
    return readPage(this.rows.createQueryBuilder('row'), page);
  }

  /** As the transaction sees it; the caller holds the named lock. */
  async read(tx: Tx, id: string): Promise<VendorRow | undefined> {
    const [row] = await tx.query<VendorRow>({ text: READ, values: [id] });
    return row;
  }

  async save(tx: Tx, row: VendorRow): Promise<void> {
    await tx.query({
      name: 'vendor-save',
      text: `
INSERT INTO vendors (id, name, status, contact, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, status = excluded.status, contact = excluded.contact,
  updated_at = excluded.updated_at`,
      values: [row.id, row.name, row.status, row.contact, row.createdAt, row.updatedAt],
    });
  }
}
