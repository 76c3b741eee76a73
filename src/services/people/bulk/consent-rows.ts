import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../../config/load-config';
import type { Actor } from '../../../contracts/actor';
import { AppError } from '../../../contracts/app-error';
import { mapInTurns } from '../../../platform/clock/in-turns';
import type { Tx } from '../../../platform/database/database';
import { invalid, memberCheck } from '../../../platform/http/validation';
import { CONFIG } from '../../../platform/installation/tokens';
import { SettingsCache } from '../../settings/settings-cache';
import { readConsent } from '../consents/consent-body';
import { ConsentBody } from '../consents/consents.dto';
import { type ConsentInput, RecordConsent } from '../consents/record-consent';
import { BulkConsents, type ListedConsent } from './bulk-consents';
import { type ConsentOutcome, type ConsentRow, ConsentRowsPort } from './rows.port';

const faultsOf = memberCheck(ConsentBody);

@Injectable()
export class ConsentRows extends ConsentRowsPort {
  constructor(
    private readonly single: RecordConsent,
    private readonly bulk: BulkConsents,
    private readonly settings: SettingsCache,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    super();
  }

  read(body: unknown, actor: Actor): ConsentBody {
    const faults = faultsOf(body);
    if (faults !== undefined) throw invalid(faults);
    const read = body as ConsentBody;
    this.inputOf(read, actor);
    return read;
  }

  async grantNew(tx: Tx, rows: readonly ConsentRow[], actor: Actor): Promise<ConsentOutcome[]> {
    return this.bulk.grantNew(tx, await this.listed(rows, actor), actor);
  }

  async grantKnown(tx: Tx, rows: readonly ConsentRow[], actor: Actor): Promise<ConsentOutcome[]> {
    return this.bulk.grantKnown(tx, await this.listed(rows, actor), actor);
  }

  async grant(tx: Tx, { body }: ConsentRow, actor: Actor): Promise<string> {
    return (await this.single.grant(tx, this.inputOf(body, actor))).id;
  }

  /** As settings are now: an entity may be gone since the file was read. */
  private listed(rows: readonly ConsentRow[], actor: Actor): Promise<ListedConsent[]> {
    return mapInTurns(rows, ({ target, body }) => ({ target, input: this.tried(body, actor) }));
  }

  private tried(body: ConsentBody, actor: Actor): ConsentInput | AppError {
    try {
      return this.inputOf(body, actor);
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
  }

  private inputOf(body: ConsentBody, actor: Actor): ConsentInput {
    const { defaultEntity } = this.config.decision;
    return readConsent(body, actor, { settings: this.settings.current(), defaultEntity });
  }
}
