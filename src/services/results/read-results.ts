import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { Database } from '../../platform/database/database';
import { type Page, pageOf } from '../../platform/http/cursor';
import { writeInstant } from '../../platform/http/instants';
import { SettingsCache } from '../settings/settings-cache';
import { FindingsRepository } from './findings.repository';
import type { FindingAnswer, ResultAnswer } from './results.dto';
import { type ResultFilter, ResultsRepository, type StoredResult } from './results.repository';
import { requireVendor } from './vendor-access';

/** Lists of what vendors reported and of what counts against them: ids, codes and counts, no words. */
@Injectable()
export class ReadResults {
  constructor(
    private readonly database: Database,
    private readonly reports: ResultsRepository,
    private readonly overheard: FindingsRepository,
    private readonly settings: SettingsCache,
  ) {}

  /** @throws AppError NOT_FOUND */
  async results(actor: Actor, vendorId: string, filter: ResultFilter): Promise<Page<ResultAnswer>> {
    requireVendor(this.settings.current(), actor, vendorId);
    const rows = await this.database.transaction((tx) => this.reports.list(tx, vendorId, filter));
    return pageOf(rows, filter.limit, ({ receivedAt: at, id }) => ({ at, id }), resultAnswer);
  }

  /** @throws AppError NOT_FOUND */
  async findings(
    actor: Actor,
    vendorId: string,
    page: { limit: number; cursor?: string },
  ): Promise<Page<FindingAnswer>> {
    requireVendor(this.settings.current(), actor, vendorId);
    const rows = await this.database.transaction((tx) => this.overheard.list(tx, vendorId, page));
    return pageOf(
      rows,
      page.limit,
      ({ foundAt: at, id }) => ({ at, id }),
      ({ foundAt, ...finding }) => ({ ...finding, foundAt: writeInstant(foundAt) }),
    );
  }
}

function resultAnswer({ callId, receivedAt, eventId: _, ...result }: StoredResult): ResultAnswer {
  return { ...result, ...(callId === null ? {} : { callId }), receivedAt: writeInstant(receivedAt) };
}
