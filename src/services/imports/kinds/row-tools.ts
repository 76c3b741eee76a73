import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../../config/load-config';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import { Database } from '../../../platform/database/database';
import { CONFIG } from '../../../platform/installation/tokens';
import { Keyring } from '../../../platform/keys/keyring';
import { ScopeNamesReader } from '../../campaigns/scopes/scope-names.reader';

/** What rows of any kind are read with. */
@Injectable()
export class RowTools {
  constructor(
    readonly keyring: Keyring,
    readonly names: ScopeNamesReader,
    readonly database: Database,
    @Inject(CLOCK) readonly clock: Clock,
    @Inject(CONFIG) readonly config: Config,
  ) {}
}
