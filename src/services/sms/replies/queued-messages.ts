import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../../config/load-config';
import type { Tx } from '../../../platform/database/database';
import { CONFIG } from '../../../platform/installation/tokens';
import { SettingsCache } from '../../settings/settings-cache';
import { type CustomerMessage, CustomerMessagesPort } from './customer-messages.port';
import { ReplyQueue } from './reply-queue.repository';

/** Puts messages beside the replies that wait; whichever process sends those sends these. */
@Injectable()
export class QueuedMessages extends CustomerMessagesPort {
  constructor(
    private readonly replies: ReplyQueue,
    private readonly settings: SettingsCache,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    super();
  }

  get isConfigured(): boolean {
    return this.config.sms.sender !== undefined;
  }

  queue(tx: Tx, { to, text, sendBefore }: CustomerMessage): Promise<string> {
    const { defaultEntity } = this.config.decision;
    const sender =
      defaultEntity === undefined ? undefined : this.settings.current().entity(defaultEntity)?.name;
    return this.replies.add(tx, { to, text: text(sender) }, sendBefore);
  }
}
