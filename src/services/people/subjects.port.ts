import type { Actor } from '../../contracts/actor';
import type { Cooldown, Slot, SubjectFacts, WishScope, WishSource } from '../../domain/decision/facts';
import type { Channel, Purpose } from '../../domain/decision/purpose';
import type { Json } from '../../domain/ledger/canonical-json';
import type { E164 } from '../../domain/phone/e164';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';

/** A subject row under lock. Changing `facts` or `slots` changes nothing before `saveFacts` or `saveSlots`. */
export interface LockedSubject {
  id: string;
  kind: 'person' | 'household';
  /** Tags of the numbers it holds, 32 bytes each, one after the other. */
  tags: Buffer;
  facts: SubjectFacts;
  slots: Slot[];
  /** Under the key-encryption key; null once the subject is erased. */
  wrappingKey: Buffer | null;
  /** The database's clock, read after the last lock of the call was granted; the same for all rows of one call. */
  lockedAt: Instant;
}

/** Whose word something is. A number or customer never seen before is made known by it, so that no word is lost. */
export type WordTarget = { subjectId: string } | { number: E164 } | { customerId: string };

/** What a word must be written to: a decision locks one row, so a person's word stands on every row it may lock. */
export interface Reach {
  /** The record that the act becomes part of: the person's own, an unclaimed number's, or a household's. */
  own: LockedSubject;
  /** Every row the word binds, `own` included, in id order. */
  rows: LockedSubject[];
}

/**
 * The subject rows (RULINGS 1, 3). Whoever locks rows locks them here or in the same order: subject id ascending.
 * All methods work inside the caller's transaction and are durable when it commits, not before.
 */
export abstract class SubjectsPort {
  /**
   * Locks rows in id order. An id that was merged away stands for the row it was merged into, so the answer may hold
   * other and fewer ids than were asked for; ids that never existed are left out.
   */
  abstract lock(tx: Tx, subjectIds: readonly string[]): Promise<LockedSubject[]>;

  /**
   * Locks every row that a word of this target must be written to. A transaction that changes a subject and then
   * records a word of it (a refusal during a call) calls this first and nothing else: locking further rows later
   * would break the order. Makes an unknown number or customer known.
   */
  abstract lockReach(tx: Tx, target: WordTarget): Promise<Reach>;

  /** The same for several targets at once: locked one after another they would break the order. One reach a target. */
  abstract lockReaches(tx: Tx, targets: readonly WordTarget[]): Promise<Reach[]>;

  /** The caller holds the row's lock. */
  abstract saveFacts(tx: Tx, subjectId: string, facts: SubjectFacts): Promise<void>;
  /** The caller holds the row's lock. */
  abstract saveSlots(tx: Tx, subjectId: string, slots: readonly Slot[]): Promise<void>;

  /** The subject that holds the number now; undefined for a number never seen. Takes no lock. */
  abstract resolveByNumber(tx: Tx, number: E164): Promise<string | undefined>;
  /** The customer's own subject, whose id is its personId; undefined for an unknown customer. Takes no lock. */
  abstract resolveByCustomer(tx: Tx, customerId: string): Promise<string | undefined>;
  /** customerId → personId of those customers that are known. Takes no lock. */
  abstract resolvePersonIds(tx: Tx, customerIds: readonly string[]): Promise<Map<string, string>>;

  /**
   * An empty subject for every number never seen; number → subject that holds it now, without a lock. Must come
   * before the transaction locks any subject: it may wait for another transaction that admits the same number.
   */
  abstract admitNumbers(tx: Tx, numbers: readonly E164[]): Promise<Map<E164, string>>;
}

export interface WishInput {
  target: WordTarget;
  /** Default: the whole group. */
  scope?: WishScope;
  /** What the caller named instead, where nothing of that name is known; kept sealed with the wish. */
  namedScope?: WishScope;
  /** Default: all channels. */
  channels?: readonly Channel[];
  /** Default: `marketing` and `survey`. */
  purposes?: readonly Purpose[];
  source: WishSource;
  reason: string;
  /** Kept sealed with the wish, as it was given. */
  evidence?: { [member: string]: Json | undefined };
  until?: Instant;
  /** What whoever said it was spoken to in, and where the number is from; the confirmation is in that language. */
  spoken?: { language?: string; country?: string };
  actor: Actor;
}

export interface RecordedWish {
  id: string;
  receiptId: string;
  effectiveAt: Instant;
  scope: WishScope;
  channels: Channel[];
  purposes: Purpose[];
  /** A sentence to read out, in the person's language. */
  confirmation: string;
  eventId: string;
  subjectId: string;
}

/** The one way by which a wish enters the gateway, whoever heard it. */
export abstract class WishesPort {
  /**
   * Appends the wish, writes it to every row it binds, and voids the authorizations and calls under way that it binds. Locks what it needs; rows already locked by `lockReach` of the same target are only read again, so
   * save changes of facts and slots before.
   */
  abstract recordWish(tx: Tx, input: WishInput): Promise<RecordedWish>;

  /**
   * Writes "not now" or "not interested" to every row of the person (RULINGS 23). The call event is its evidence:
   * this records none. The same id twice is one cool-down.
   */
  abstract recordCooldown(tx: Tx, target: WordTarget, cooldown: Cooldown): Promise<void>;
}

/** A word of a person's own, and when it was said. */
export interface OwnWord {
  target: WordTarget;
  saidAt: Instant;
  /** The event in the person's record that holds the word. */
  eventId: string;
  actor: Actor;
}

/**
 * Puts a person's own words in the order they were said, whatever the order in which they reach us: what was said last
 * counts, and of two said at the same instant the refusal (RULINGS 19). Locks like `recordWish`: `lockReach` of the
 * same target may have been called before.
 */
export abstract class OwnWordsPort {
  /**
   * After `recordWish` of a wish with the source `customer`: notes when it was said, and lifts it again where the
   * person had asked later, though we learned of it earlier, to be contacted again. Once a wish.
   */
  abstract settleOptOut(
    tx: Tx,
    word: OwnWord,
    wish: Pick<RecordedWish, 'id'>,
  ): Promise<'stands' | 'superseded'>;

  /**
   * Lifts at once what the person's own earlier word had put there (source `customer`, said before), and nothing else.
   * It is no consent and revives none: what those wishes ended stays ended (RULINGS 19, 20). `superseded` where a word
   * of the person's own stands that was said at the same time or later. It counts as said when it was recorded at the
   * latest: a clock that runs ahead must not carry it past a refusal that was spoken after it.
   */
  abstract optIn(tx: Tx, word: OwnWord): Promise<'stands' | 'superseded'>;

  /**
   * The opt-in of this event was said at `saidAt`, before it was taken to be: what it should not have lifted is recorded
   * again. Nothing where there is no such opt-in, or it was not earlier.
   *
   * @param causeEventId by which this became known, in the person's record
   * @returns how many wishes bind again
   */
  abstract correctOptIn(tx: Tx, word: OwnWord, causeEventId: string): Promise<number>;
}
