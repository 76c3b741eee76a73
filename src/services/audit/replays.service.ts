import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import { decide } from '../../domain/decision/decide';
import { ENGINE_VERSION } from '../../domain/decision/engine-version';
import { replayDifferences } from '../../domain/decision/replay';
import { Database } from '../../platform/database/database';
import { PolicyStore } from '../policies/policy-store';
import { DossiersService } from './dossiers.service';
import type { ReplayAnswer } from './audit.dto';

/** Makes a decision again from what is recorded of it: the same facts, the same policy (promise 7). */
@Injectable()
export class ReplaysService {
  constructor(
    private readonly database: Database,
    private readonly dossiers: DossiersService,
    private readonly policies: PolicyStore,
  ) {}

  /** @throws AppError NOT_FOUND, RECORD_ERASED, or CONFLICT where the policy of then is not in this database. */
  async replay(actor: Actor, callId: string): Promise<ReplayAnswer> {
    const { payload } = await this.database.transaction(async (tx) => {
      const opened = await this.dossiers.opened(tx, callId);
      await this.dossiers.recordRead(tx, actor, opened.call, undefined);
      return opened;
    });
    const policy = await this.policies.ofVersion(payload.policyVersion);
    if (policy === undefined) {
      throw new AppError('CONFLICT', { detail: 'The policy of this decision is not in this database.' });
    }
    const diff = replayDifferences(payload.decision, decide(payload.facts, policy));
    return {
      same: diff.length === 0,
      policyVersion: payload.policyVersion,
      engineVersion: ENGINE_VERSION,
      diff,
    };
  }
}
