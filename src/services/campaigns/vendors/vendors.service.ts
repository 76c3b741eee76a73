import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { AppError } from '../../../contracts/app-error';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import type { Tx } from '../../../platform/database/database';
import { type Page, pageOf } from '../../../platform/http/cursor';
import type { Answer } from '../../../platform/http/idempotency';
import { SettingChanges } from '../../settings/setting-changes';
import { lockNamed, type PageQuery } from '../named-rows.repository';
import { type VendorAnswer, vendorAnswer, type VendorBody } from './vendors.dto';
import { VendorsRepository } from './vendors.repository';

/** Who calls on behalf of the institution. The calls of an ended vendor are refused from the next decision on. */
@Injectable()
export class VendorsService {
  constructor(
    private readonly repository: VendorsRepository,
    private readonly changes: SettingChanges,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Makes or replaces; the same again changes nothing and records nothing. */
  async put(tx: Tx, id: string, body: VendorBody, actor: Actor): Promise<Answer<VendorAnswer>> {
    await lockNamed(tx, 'vendor', id);
    const known = await this.repository.read(tx, id);
    const before = known && { name: known.name, status: known.status, contact: known.contact };
    const after = { name: body.name, status: body.status, contact: body.contact ?? null };
    if (
      known !== undefined &&
      known.name === after.name &&
      known.status === after.status &&
      known.contact === after.contact
    ) {
      return { status: 200, body: vendorAnswer(known) };
    }
    const now = new Date(this.clock.now());
    const row = { id, ...after, createdAt: known?.createdAt ?? now, updatedAt: now };
    await this.repository.save(tx, row);
    await this.changes.record(
      tx,
      {
        type: 'vendor.changed.v1',
        id,
        actor,
        ...(before === undefined ? {} : { before }),
        after,
        clear: { status: body.status },
      },
      now.getTime(),
    );
    return { status: known === undefined ? 201 : 200, body: vendorAnswer(row) };
  }

  async find(id: string): Promise<VendorAnswer> {
    const row = await this.repository.find(id);
    if (row === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such vendor.' });
    return vendorAnswer(row);
  }

  async list(page: PageQuery): Promise<Page<VendorAnswer>> {
    const rows = await this.repository.list(page);
    return pageOf(rows, page.limit, ({ createdAt, id }) => ({ at: createdAt.getTime(), id }), vendorAnswer);
  }
}
