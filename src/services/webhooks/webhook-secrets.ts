import { Injectable } from '@nestjs/common';
import { Webhook as Signer } from 'standardwebhooks';
import type { Instant } from '../../domain/time/instant';
import { Keyring } from '../../platform/keys/keyring';
import { randomBytesFast } from '../../platform/keys/random';
import { open, seal } from '../../platform/keys/sealing';

/** Standard Webhooks 1.0.0, "Signature scheme": 24 to 64 bytes, as `whsec_` and Base64. */
const SECRET_BYTES = 32;
const PREFIX = 'whsec_';

/** The secrets of subscriptions: made, kept sealed, and signed with. */
@Injectable()
export class WebhookSecrets {
  constructor(private readonly keyring: Keyring) {}

  make(): string {
    return PREFIX + randomBytesFast(SECRET_BYTES).toString('base64');
  }

  sealSecret(secretId: string, secret: string): Buffer {
    return this.seal(`webhook-secret\n${secretId}`, secret);
  }

  openSecret(secretId: string, sealed: Buffer): string {
    return this.open(`webhook-secret\n${secretId}`, sealed);
  }

  sealUrl(webhookId: string, url: string): Buffer {
    return this.seal(`webhook-url\n${webhookId}`, url);
  }

  openUrl(webhookId: string, sealed: Buffer): string {
    return this.open(`webhook-url\n${webhookId}`, sealed);
  }

  /** The headers of one attempt: a signature for each secret, so that a subscriber may change over in its own time. */
  headersOf(secrets: readonly string[], eventId: string, at: Instant, body: string): Record<string, string> {
    const signed = secrets.map((secret) => new Signer(secret).sign(eventId, new Date(at), body));
    return {
      'webhook-id': eventId,
      'webhook-timestamp': String(Math.floor(at / 1_000)),
      'webhook-signature': signed.join(' '),
    };
  }

  /** Under the key of records that concern nobody: what is sealed here is the institution's and no customer's. */
  private seal(context: string, text: string): Buffer {
    return seal(this.keyring.nobodyKey, Buffer.from(text, 'utf8'), context);
  }

  private open(context: string, sealed: Buffer): string {
    return open(this.keyring.nobodyKey, sealed, context).toString('utf8');
  }
}
