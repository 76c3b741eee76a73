import type { Actor } from '../../../contracts/actor';
import type { WishScope } from '../../../domain/decision/facts';
import type { Channel, Purpose } from '../../../domain/decision/purpose';
import type { Json } from '../../../domain/ledger/canonical-json';
import type { E164 } from '../../../domain/phone/e164';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';

export type BulkTarget = { number: E164 } | { customerId: string };

/** A wish out of a list; its source is `import`. */
export interface BulkWish {
  target: BulkTarget;
  scope: WishScope;
  channels: readonly Channel[];
  purposes: readonly Purpose[];
  until?: Instant;
  reason: string;
  /** Kept sealed with the wish: which list and line it came from, and what else stood there. */
  evidence: { [member: string]: Json | undefined };
}

/** Who brought the words, and by which job. */
export interface BulkAct {
  actor: Actor;
  jobId: string;
}

export interface BulkReleaseAct extends BulkAct {
  approvalId: string;
  askedBy: { id: string; name: string };
  decidedBy: { id: string; name: string };
  reason: string;
}

export type BulkOutcome = { id: string } | { fault: { code: string; detail: string } };

/**
 * Many words at once, each written as `WishesPort` would write it alone: on every row it binds, with the tokens it
 * reaches voided, in history, and with an event of its own. All in the caller's transaction.
 *
 * The two ways of writing keep the order of locks (README, "Locks"): what inserts customers and numbers waits for no
 * subject, and what locks subjects inserts none. So one transaction may call `recordKnown` after `recordNew` only where
 * that wrote nothing.
 */
export abstract class BulkWishesPort {
  /**
   * Wishes of numbers and customers that nobody had ever heard of, which become known by it: their ids. Undefined for
   * every other wish, of which nothing is written; also for one whose target another transaction was just faster with.
   */
  abstract recordNew(tx: Tx, act: BulkAct, wishes: readonly BulkWish[]): Promise<(string | undefined)[]>;

  /** Wishes of numbers and customers that are known. */
  abstract recordKnown(tx: Tx, act: BulkAct, wishes: readonly BulkWish[]): Promise<BulkOutcome[]>;
}

/** The other way round. */
export abstract class BulkReleasesPort {
  /**
   * Frees every row of these wishes, of those that a list brought and that still bind: never of a customer's own word.
   * Returns how many. The caller has a second person's word for it.
   */
  abstract release(tx: Tx, act: BulkReleaseAct, suppressionIds: readonly string[]): Promise<number>;

  /** When those of these wishes were released that were. Takes no lock. */
  abstract released(tx: Tx, suppressionIds: readonly string[]): Promise<ReadonlyMap<string, Instant>>;
}
