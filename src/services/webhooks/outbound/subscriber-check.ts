import { Inject, Injectable } from '@nestjs/common';
import { type AppError, invalidMember } from '../../../contracts/app-error';
import { WEBHOOK_OPTIONS, type WebhookOptions } from '../webhook-options';
import { AddressRules } from './address-rules';
import { AddressRefusedError, allowedAddresses } from './guarded-lookup';
import { literalOf, NOT_PUBLIC, readSubscriberUrl } from './subscriber-url';

/**
 * Tells whoever subscribes at once what would be found out at the first delivery. Nothing rests on it: a name may stand
 * for something else a moment later, so each connection checks again.
 */
@Injectable()
export class SubscriberCheck {
  private readonly addresses: AddressRules;

  constructor(@Inject(WEBHOOK_OPTIONS) private readonly options: WebhookOptions) {
    this.addresses = new AddressRules(options.networks);
  }

  /** @throws AppError INVALID naming `/url` where nothing could be sent there. */
  async check(text: string): Promise<void> {
    const verdict = readSubscriberUrl(text, { addresses: this.addresses, ports: this.options.ports });
    if ('fault' in verdict) throw invalidMember('/url', verdict.fault.detail, verdict.fault.code);
    if (literalOf(verdict.url) !== undefined) return;
    try {
      await allowedAddresses(verdict.url.hostname, this.options.resolve, this.addresses);
    } catch (error) {
      throw refused(error);
    }
  }
}

function refused(error: unknown): AppError {
  return error instanceof AddressRefusedError
    ? invalidMember('/url', NOT_PUBLIC, 'ADDRESS')
    : invalidMember('/url', 'Names a host that has no address.', 'NAME');
}
