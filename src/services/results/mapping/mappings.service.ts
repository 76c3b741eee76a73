import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { AppError } from '../../../contracts/app-error';
import { canonicalJson, type Json } from '../../../domain/ledger/canonical-json';
import type { ResultsMapping } from '../../../domain/results/mapping';
import { mappingFaults } from '../../../domain/results/mapping-faults';
import { readResult, rowsOf } from '../../../domain/results/read-result';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import { Database, type Tx } from '../../../platform/database/database';
import { EvidenceWriter } from '../../../platform/evidence/evidence-writer';
import type { Answer } from '../../../platform/http/idempotency';
import { writeInstant } from '../../../platform/http/instants';
import { invalid } from '../../../platform/http/validation';
import { recordedActor } from '../../people/recorded-actor';
import { LabelAlarms } from '../applying/label-alarms';
import { keptJson } from '../applying/kept-json';
import { requireVendor } from '../vendor-access';
import type { MappingAnswer, MappingBody } from './mapping.dto';
import { MappingsRepository, type MappingVersion, type StoredMapping } from './mappings.repository';
import { SettingsCache } from '../../settings/settings-cache';

/** What a vendor's reports mean. Each change is a version of its own; results name the one they were read by. */
@Injectable()
export class MappingsService {
  constructor(
    private readonly database: Database,
    private readonly mappings: MappingsRepository,
    private readonly alarms: LabelAlarms,
    private readonly evidence: EvidenceWriter,
    private readonly settings: SettingsCache,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The same again changes nothing. @throws AppError NOT_FOUND; INVALID where it does not fit its own example. */
  async put(tx: Tx, vendorId: string, body: MappingBody, actor: Actor): Promise<Answer<MappingAnswer>> {
    requireVendor(this.settings.current(), actor, vendorId);
    const { example, ...mapping } = body;
    const faults = mappingFaults(mapping, example);
    if (faults.length > 0) throw invalid(faults);
    await this.mappings.takeTurn(tx, vendorId);
    const before = await this.mappings.find(tx, vendorId);
    const same = before !== undefined && textOf(before.mapping) === textOf(mapping);
    const stored = same ? before : await this.store(tx, vendorId, { before, mapping, example, actor });
    if (!same) await this.alarms.settleMapped(tx, { vendorId, mapping, actor });
    return {
      status: before === undefined ? 201 : 200,
      body: { ...(await this.answer(tx, vendorId, stored)), example: triedOn(mapping, example) },
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

  private async store(
    tx: Tx,
    vendorId: string,
    change: { before: StoredMapping | undefined; mapping: ResultsMapping; example: unknown; actor: Actor },
  ): Promise<StoredMapping> {
    const { before, mapping, actor } = change;
    const at = this.clock.now();
    const version = (before?.version ?? 0) + 1;
    const [eventId = ''] = await this.evidence.record(tx, [
      {
        type: 'result.mapping_changed.v1',
        at,
        partitionKey: vendorId,
        clear: { vendorId, version, by: actor.clientId },
        payload: {
          vendorId,
          version,
          mapping: mapping as unknown as Json,
          // It may be a real report, and so hold a person's number and words.
          example: keptJson(change.example),
          actor: recordedActor(actor),
        },
      },
    ]);
    const stored = { version, mapping, createdAt: at, createdBy: actor.clientId };
    await this.mappings.insert(tx, { ...stored, vendorId, eventId });
    return stored;
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
