import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import { rowsOf } from '../../domain/results/read-result';
import { Database } from '../../platform/database/database';
import { DatabaseUnavailableError } from '../../platform/database/database-error';
import { invalid } from '../../platform/http/validation';
import { SettingsCache } from '../settings/settings-cache';
import { HandleResult } from './applying/handle-result';
import { MappingsRepository } from './mapping/mappings.repository';
import type { TakenAnswer } from './results.dto';
import { requireVendor } from './vendor-access';

const MOST_ROWS = 1_000;

/** Takes what a vendor reports of calls that are over. */
@Injectable()
export class TakeResults {
  constructor(
    private readonly database: Database,
    private readonly mappings: MappingsRepository,
    private readonly handling: HandleResult,
    private readonly settings: SettingsCache,
  ) {}

  /**
   * One transaction a report, in order, so that a long list keeps nobody waiting; what is stored when one breaks stays,
   * and is a duplicate when the list comes again. A report that breaks stops none behind it.
   * @throws AppError NOT_FOUND; CONFLICT without a mapping; INVALID for too many reports.
   */
  async take(actor: Actor, vendorId: string, body: unknown): Promise<TakenAnswer> {
    requireVendor(this.settings.current(), actor, vendorId);
    const stored = await this.database.transaction((tx) => this.mappings.find(tx, vendorId));
    if (stored === undefined) {
      throw new AppError('CONFLICT', { detail: 'Nobody has said yet what the reports of this vendor mean.' });
    }
    const rows = rowsOf(stored.mapping, body);
    if (rows.length > MOST_ROWS) {
      throw invalid([{ pointer: '', code: 'LENGTH', detail: `Must have at most ${MOST_ROWS} results.` }]);
    }
    const results: TakenAnswer['results'] = [];
    let broken: { error: unknown } | undefined;
    for (const row of rows) {
      try {
        const { state, callId } = await this.handling.take(
          { vendorId, actor, clientId: actor.clientId, stored },
          row,
        );
        results.push({ state, ...(callId === undefined ? {} : { callId }) });
      } catch (error) {
        if (error instanceof DatabaseUnavailableError) throw error;
        broken ??= { error };
      }
    }
    if (broken !== undefined) throw broken.error;
    return { results };
  }
}
