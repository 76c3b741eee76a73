import type { E164 } from '../../../domain/phone/e164';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';

/** What a customer is sent because somebody asked for it, not as an answer to a message. */
export interface CustomerMessage {
  to: E164;
  /** Of the institution's name, where one stands for all. */
  text: (sender: string | undefined) => string;
  /** Later it is not sent any more. */
  sendBefore: Instant;
}

/** The institution's SMS platform, for other services. */
export abstract class CustomerMessagesPort {
  /** Whether there is a platform (`SMS_SENDER_URL`). */
  abstract readonly isConfigured: boolean;

  /**
   * Queues it in the caller's transaction, sealed: once that commits it is tried until it is taken, refused or too late;
   * at least once, under one id by which the platform knows it again.
   *
   * @returns that id
   */
  abstract queue(tx: Tx, message: CustomerMessage): Promise<string>;
}
