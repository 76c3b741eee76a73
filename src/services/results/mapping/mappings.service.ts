import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { AppError } from '../../../contracts/app-error';
import { canonicalJson, type Json } from '../../../domain/ledger/canonical-json';
import type { ResultsMapping } from '../../../domain/results/mapping';
import { mappingFaults } from '../../../domain/results/mapping-faults';
import { readResult, rowsOf } from '../../../domain/results/read-result';
import { Database, type Tx } from '../../../platform/database/database';
import type { Answer } from '../../../platform/http/idempotency';
import { writeInstant } from '../../../platform/http/instants';
import type { PendingApproval } from '../../../platform/http/schemas';
import { invalid } from '../../../platform/http/validation';
import { requireVendor } from '../vendor-access';
import { MappingChanges } from './mapping-changes';
import type { MappingAnswer, MappingBody } from './mapping.dto';
import { MappingsRepository, type MappingVersion, type StoredMapping } from './mappings.repository';
import { SettingsCache } from '../../settings/settings-cache';

/** What a vendor's reports mean. Each change is a version of its own; results name the one they were read by. */
@Injectable()
export class MappingsService {
  constructor(
    private readonly database: Database,
    private readonly mappings: MappingsRepository,
    private readonly changes: MappingChanges,
    private readonly settings: SettingsCache,
  ) {}

  /**
   * The same again changes nothing. What would hear or bind less waits for another person, and with it the whole change.
   * @throws AppError NOT_FOUND; INVALID where it does not fit its own example; CONFLICT where another change waits.
   */
  async put(
    tx: Tx,
    vendorId: string,
    body: MappingBody,
    actor: Actor,
  ): Promise<Answer<MappingAnswer | PendingApproval>> {
    requireVendor(this.settings.current(), actor, vendorId);
    const { example, ...mapping } = body;
    const faults = mappingFaults(mapping, example);
    if (faults.length > 0) throw invalid(faults);
    await this.mappings.takeTurn(tx, vendorId);
    const before = await this.mappings.find(tx, vendorId);
    const same = before !== undefined && textOf(before.mapping) === textOf(mapping);
    const made = same ? before : await this.changes.make(tx, vendorId, { before, mapping, example, actor });
    if ('approvalId' in made) return { status: 202, body: made };
    return {
      status: before === undefined ? 201 : 200,
      body: { ...(await this.answer(tx, vendorId, made)), example: triedOn(mapping, example) },
    };
  }

  /** @throws AppError NOT_FOUND */
  async read(actor: Actor, vendorId: string, version?: number): Promise<MappingAnswer> {
    requireVendor(this.settings.current(), actor, vendorId);
    return this.database.transaction(async (tx) => {
      const stored = await this.mappings.find(tx, vendorId, version);
      if (stored === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such mapping.' });
      return this.answer(tx, vendorId, stored);
    });
  }

  private async answer(tx: Tx, vendorId: string, stored: StoredMapping): Promise<MappingAnswer> {
    const versions = await this.mappings.versions(tx, vendorId);
    return {
      vendorId,
      ...shown(stored),
      mapping: stored.mapping,
      versions: versions.map(shown),
    };
  }
}

const textOf = (mapping: ResultsMapping): string => canonicalJson(mapping as unknown as Json);

const shown = ({ version, createdAt, createdBy }: MappingVersion) => ({
  version,
  createdAt: writeInstant(createdAt),
  createdBy,
});

function triedOn(mapping: ResultsMapping, example: unknown): NonNullable<MappingAnswer['example']> {
  const read = rowsOf(mapping, example).map((row) => readResult(mapping, row));
  return {
    results: read.length,
    lines: read.reduce((sum, { lines }) => sum + lines.length, 0),
    unmappedLabels: read.flatMap(({ labels }) => labels).filter(({ meanings }) => meanings === undefined)
      .length,
  };
}
