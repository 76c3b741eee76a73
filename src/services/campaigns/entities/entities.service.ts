import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { AppError } from '../../../contracts/app-error';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import type { Tx } from '../../../platform/database/database';
import { type Page, pageOf } from '../../../platform/http/cursor';
import type { Answer } from '../../../platform/http/idempotency';
import { SettingChanges } from '../../settings/setting-changes';
import { lockNamed, type PageQuery } from '../named-rows.repository';
import { type EntityAnswer, entityAnswer, type EntityBody } from './entities.dto';
import { EntitiesRepository } from './entities.repository';

/** The legal entities of the institution. */
@Injectable()
export class EntitiesService {
  constructor(
    private readonly repository: EntitiesRepository,
    private readonly changes: SettingChanges,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Makes or replaces; the same again changes nothing and records nothing. */
  async put(tx: Tx, id: string, body: EntityBody, actor: Actor): Promise<Answer<EntityAnswer>> {
    await lockNamed(tx, 'entity', id);
    const known = await this.repository.read(tx, id);
    const said = partyOf(body);
    if (known !== undefined && isSameParty(said, partyOf(known))) {
      return { status: 200, body: entityAnswer(known) };
    }
    const now = new Date(this.clock.now());
    const row = { id, ...said, createdAt: known?.createdAt ?? now, updatedAt: now };
    await this.repository.save(tx, row);
    await this.changes.record(
      tx,
      {
        type: 'entity.changed.v1',
        id,
        actor,
        ...(known === undefined ? {} : { before: { ...partyOf(known) } }),
        after: { ...said },
      },
      now.getTime(),
    );
    return { status: known === undefined ? 201 : 200, body: entityAnswer(row) };
  }

  async find(id: string): Promise<EntityAnswer> {
    const row = await this.repository.find(id);
    if (row === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such entity.' });
    return entityAnswer(row);
  }

  async list(page: PageQuery): Promise<Page<EntityAnswer>> {
    const rows = await this.repository.list(page);
    return pageOf(rows, page.limit, ({ createdAt, id }) => ({ at: createdAt.getTime(), id }), entityAnswer);
  }
}

interface Party {
  name: string;
  address: string | null;
  contact: string | null;
}

/** PUT replaces: what is not stated is no longer so. */
function partyOf(entity: { name: string; address?: string | null; contact?: string | null }): Party {
  return { name: entity.name, address: entity.address ?? null, contact: entity.contact ?? null };
}

const isSameParty = (one: Party, other: Party): boolean =>
  one.name === other.name && one.address === other.address && one.contact === other.contact;
