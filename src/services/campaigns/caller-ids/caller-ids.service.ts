import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { AppError, invalidMember } from '../../../contracts/app-error';
import { canonicalJson } from '../../../domain/ledger/canonical-json';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import type { Tx } from '../../../platform/database/database';
import { type Page, pageOf } from '../../../platform/http/cursor';
import type { Answer } from '../../../platform/http/idempotency';
import { readInstant } from '../../../platform/http/instants';
import { SettingChanges } from '../../settings/setting-changes';
import { EntitiesRepository } from '../entities/entities.repository';
import { lockNamed, type PageQuery } from '../named-rows.repository';
import { VendorsRepository } from '../vendors/vendors.repository';
import { classOfCallerId, dialledForm } from './caller-id-class';
import { type CallerIdAnswer, callerIdAnswer, type CallerIdBody } from './caller-ids.dto';
import { CallerIdsRepository } from './caller-ids.repository';

/** The numbers that may be shown, each with the right to use it (反电信网络诈骗法 Arts. 13–14; cn.md CN-17). */
@Injectable()
export class CallerIdsService {
  constructor(
    private readonly repository: CallerIdsRepository,
    private readonly entities: EntitiesRepository,
    private readonly vendors: VendorsRepository,
    private readonly changes: SettingChanges,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Makes or replaces; the same again changes nothing and records nothing. */
  async put(tx: Tx, id: string, body: CallerIdBody, actor: Actor): Promise<Answer<CallerIdAnswer>> {
    // One registration at a time, because a number may stand under one id only.
    await lockNamed(tx, 'caller_id', '*');
    const known = await this.repository.read(tx, id);
    const now = new Date(this.clock.now());
    const row = {
      id,
      number: dialledForm(body.number),
      class: body.class,
      entity: body.entity,
      rightOfUseDocument: body.rightOfUse.document,
      rightOfUseExpires: new Date(readInstant(body.rightOfUse.expires, '/rightOfUse/expires')),
      purposes: body.purposes,
      vendors: body.vendors,
      createdAt: known?.createdAt ?? now,
      updatedAt: now,
    };
    const before = known && membersOf(known);
    const after = membersOf(row);
    if (known !== undefined && before !== undefined && canonicalJson(before) === canonicalJson(after)) {
      return { status: 200, body: callerIdAnswer(known) };
    }
    await this.check(tx, row);
    await this.repository.save(tx, row);
    await this.changes.record(
      tx,
      { type: 'caller_id.changed.v1', id, actor, ...(before === undefined ? {} : { before }), after },
      now.getTime(),
    );
    return { status: known === undefined ? 201 : 200, body: callerIdAnswer(row) };
  }

  async find(id: string): Promise<CallerIdAnswer> {
    const row = await this.repository.find(id);
    if (row === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such caller number.' });
    return callerIdAnswer(row);
  }

  async list(page: PageQuery): Promise<Page<CallerIdAnswer>> {
    const rows = await this.repository.list(page);
    return pageOf(rows, page.limit, ({ createdAt, id }) => ({ at: createdAt.getTime(), id }), callerIdAnswer);
  }

  private async check(
    tx: Tx,
    row: { id: string; number: string } & Omit<CallerIdBody, 'rightOfUse'>,
  ): Promise<void> {
    const numbered = classOfCallerId(row.number);
    if (numbered !== undefined && numbered !== row.class) {
      throw invalidMember(
        '/class',
        `By its numbering this is a number of the class ${numbered}.`,
        'CLASS_MISMATCH',
      );
    }
    if ((await this.entities.read(tx, row.entity)) === undefined) {
      throw invalidMember('/entity', 'There is no such entity.', 'UNKNOWN_ID');
    }
    for (const [index, vendor] of row.vendors.entries()) {
      if ((await this.vendors.read(tx, vendor)) === undefined) {
        throw invalidMember(`/vendors/${index}`, 'There is no such vendor.', 'UNKNOWN_ID');
      }
    }
    if (await this.repository.isTaken(tx, row.number, row.id)) {
      throw new AppError('CONFLICT', { detail: 'This number is registered under another id.' });
    }
  }
}

type CallerIdMembers = Omit<CallerIdBody, 'rightOfUse'> & {
  rightOfUseDocument: string;
  rightOfUseExpires: Date;
};

function membersOf(row: CallerIdMembers) {
  return {
    number: row.number,
    class: row.class,
    entity: row.entity,
    rightOfUse: { document: row.rightOfUseDocument, expires: row.rightOfUseExpires.toISOString() },
    purposes: row.purposes,
    vendors: row.vendors,
  };
}
