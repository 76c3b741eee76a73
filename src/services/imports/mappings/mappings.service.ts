import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { AppError, invalidMember } from '../../../contracts/app-error';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import { Database, type Tx } from '../../../platform/database/database';
import { EvidenceWriter } from '../../../platform/evidence/evidence-writer';
import { maskText } from '../../../platform/observability/masking';
import type { ImportSubject } from '../import';
import type { MappingBody } from '../imports.dto';
import { ImportKinds } from '../import-kinds';
import type { Mapping } from './mapping';
import { MappingsRepository } from './mappings.repository';

/** Never meant for everybody alike: who says so by default has mistaken a value for a name. */
const NO_DEFAULT = ['number', 'customerId', 'numbers', 'reference', 'grantedAt'];

/** Column mappings, saved by name. A job keeps the one it was sent with: a later change is for later files. */
@Injectable()
export class MappingsService {
  constructor(
    private readonly repository: MappingsRepository,
    private readonly kinds: ImportKinds,
    private readonly evidence: EvidenceWriter,
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws AppError INVALID for a column that we do not know */
  async put(
    tx: Tx,
    name: string,
    body: MappingBody,
    actor: Actor,
  ): Promise<{ mapping: Mapping; made: boolean }> {
    const { subject, columns, defaults = {} } = body;
    const known = this.kinds.columnsOf(subject);
    for (const [member, given] of [
      ['columns', columns],
      ['defaults', defaults],
    ] as const) {
      for (const [column, text] of Object.entries(given)) {
        const pointer = `/${member}/${column.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        if (!known.includes(column) || (member === 'defaults' && NO_DEFAULT.includes(column))) {
          throw invalidMember(
            maskText(pointer),
            `Only ${known.join(', ')} can stand here.`,
            'UNKNOWN_COLUMN',
          );
        }
        // These stand in clear with every job that uses them.
        if (maskText(text) !== text) {
          throw invalidMember(pointer, 'Looks like a telephone number, and may not be one.', 'NUMBER');
        }
      }
    }
    const mapping = {
      name,
      subject,
      columns,
      defaults,
      changedBy: actor.clientId,
      changedAt: this.clock.now(),
    };
    const made = await this.repository.put(tx, mapping);
    await this.evidence.record(tx, [
      {
        type: 'import_mapping.changed.v1',
        at: mapping.changedAt,
        partitionKey: name,
        clear: { mapping: name, subject, clientId: actor.clientId },
        payload: { mapping: name, subject, columns, defaults, clientId: actor.clientId, name: actor.name },
      },
    ]);
    return { mapping, made };
  }

  /** @throws AppError NOT_FOUND */
  async find(name: string): Promise<Mapping> {
    const mapping = await this.database.transaction((tx) => this.repository.find(tx, name));
    if (mapping === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such mapping.' });
    return mapping;
  }

  list(page: { limit: number; cursor?: string }): Promise<Mapping[]> {
    return this.database.transaction((tx) => this.repository.list(tx, page));
  }

  /** For an upload that names one. @throws AppError INVALID */
  async columnsOf(name: string, subject: ImportSubject): Promise<Pick<Mapping, 'columns' | 'defaults'>> {
    const mapping = await this.database.transaction((tx) => this.repository.find(tx, name));
    if (mapping?.subject === subject) return mapping;
    throw invalidMember('/mapping', `There is no mapping of this name for ${subject}.`, 'UNKNOWN_ID');
  }
}
