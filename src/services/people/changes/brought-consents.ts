import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../../config/load-config';
import type { Actor } from '../../../contracts/actor';
import type { Tx } from '../../../platform/database/database';
import { CONFIG } from '../../../platform/installation/tokens';
import { SettingsCache } from '../../settings/settings-cache';
import { readConsent, readWithdrawal } from '../consents/consent-body';
import { ConsentBody, WithdrawConsentBody } from '../consents/consents.dto';
import { RecordConsent } from '../consents/record-consent';
import { WithdrawConsent } from '../consents/withdraw-consent';
import { WishScopes } from '../wishes/wish-scopes';
import { requirer } from './read-members';

const requireConsent = requirer<ConsentBody>(ConsentBody);
const requireWithdrawal = requirer<WithdrawConsentBody>(WithdrawConsentBody);

/** Consents and their withdrawals, as another system brings them. */
@Injectable()
export class BroughtConsents {
  constructor(
    private readonly recorder: RecordConsent,
    private readonly withdrawals: WithdrawConsent,
    private readonly scopes: WishScopes,
    private readonly settings: SettingsCache,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  grant(data: unknown, actor: Actor): (tx: Tx) => Promise<void> {
    const input = readConsent(requireConsent(data), actor, {
      settings: this.settings.current(),
      defaultEntity: this.config.decision.defaultEntity,
    });
    return async (tx) => void (await this.recorder.grant(tx, input));
  }

  withdraw(data: unknown, actor: Actor): (tx: Tx) => Promise<void> {
    const input = readWithdrawal(requireWithdrawal(data), actor);
    return async (tx) => void (await this.withdrawals.withdraw(tx, await this.scopes.settle(tx, input)));
  }
}
