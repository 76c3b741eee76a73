import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../../config/load-config';
import { CONFIG } from '../../../platform/installation/tokens';
import { SettingsCache } from '../../settings/settings-cache';

/** Who a customer is told to be speaking with. */
@Injectable()
export class SenderIdentity {
  constructor(
    private readonly settings: SettingsCache,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** By the number of ours that was written to; of one that is not registered, the entity that stands for all. */
  of(to: string): { name: string; contact: string } {
    const settings = this.settings.current();
    const digits = to.replace(/^\+/, '');
    const entityId = settings.callerIdByNumber(digits)?.entity ?? this.config.decision.defaultEntity;
    const name = entityId === undefined ? undefined : settings.entity(entityId)?.name;
    return { name: name ?? to, contact: this.config.sms.helpContact ?? to };
  }
}
