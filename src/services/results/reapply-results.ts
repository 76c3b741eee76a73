import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import { Database } from '../../platform/database/database';
import { SettingsCache } from '../settings/settings-cache';
import { HandleResult } from './applying/handle-result';
import { MappingsRepository } from './mapping/mappings.repository';
import type { ReappliedAnswer } from './results.dto';
import { ResultsRepository } from './results.repository';
import { requireVendor } from './vendor-access';
import { VendorCallsReader } from './vendor-calls.reader';

const AT_ONCE = 100;

/** Reads again, by the mapping in force, what earlier mappings could not read whole: each once a version. */
@Injectable()
export class ReapplyResults {
  constructor(
    private readonly database: Database,
    private readonly mappings: MappingsRepository,
    private readonly results: ResultsRepository,
    private readonly calls: VendorCallsReader,
    private readonly handling: HandleResult,
    private readonly settings: SettingsCache,
  ) {}

  /** Oldest first. @throws AppError NOT_FOUND; CONFLICT without a mapping. */
  async reapply(actor: Actor, vendorId: string, limit = AT_ONCE): Promise<ReappliedAnswer> {
    requireVendor(this.settings.current(), actor, vendorId);
    const { stored, open } = await this.database.transaction(async (tx) => {
      const mapping = await this.mappings.find(tx, vendorId);
      if (mapping === undefined)
        throw new AppError('CONFLICT', { detail: 'This vendor has no mapping yet.' });
      return { stored: mapping, open: await this.results.unread(tx, vendorId, mapping.version, limit) };
    });
    const answer: ReappliedAnswer = { results: [], more: open.length > limit };
    for (const result of open.slice(0, limit)) {
      const report = await this.database.transaction((tx) => this.calls.opened(tx, result.eventId));
      const { id, eventId, attempt, receivedBy: clientId } = result;
      const earlier = { resultId: id, eventId, attempt };
      const applied = await this.handling.again(
        { vendorId, actor, clientId, stored },
        report?.['row'] ?? null,
        earlier,
      );
      if (applied === undefined) continue;
      const { state, callId } = applied;
      answer.results.push({ id, state, ...(callId === undefined ? {} : { callId }) });
    }
    return answer;
  }
}
