import type { Actor } from '../../../contracts/actor';
import type { AppError } from '../../../contracts/app-error';
import type { PersonFacts } from '../../../domain/decision/facts';
import type { E164 } from '../../../domain/phone/e164';
import type { Tx } from '../../../platform/database/database';
import type { ConsentBody } from '../consents/consents.dto';
import type { BulkTarget } from './bulk.port';

/** A customer as a list has it. */
export interface PersonRow {
  customerId: string;
  numbers: readonly E164[];
  known: Omit<PersonFacts, 'personId'>;
}

/** A consent as a list has it. */
export interface ConsentRow {
  target: BulkTarget;
  body: ConsentBody;
  reference: string;
}

/**
 * Customers out of lists. Of many at once those are written whose case is simple, and nothing of the others, which are
 * for `put`. Each is written as `put` would write it, with an event of its own, all in the caller's transaction.
 *
 * What is written together must be of different customers with different numbers (`apart`), so that it is all the same
 * in which order it is written. As with `BulkWishesPort`, one transaction calls `putKnown` after `putNew` only where that
 * wrote nothing.
 */
export abstract class PeopleRowsPort {
  /** Which of these say nothing that is not known already. Takes no lock. */
  abstract unchanged(tx: Tx, rows: readonly PersonRow[]): Promise<boolean[]>;

  /** Customers whom nobody knows, with numbers that nobody knows. Which were written. Locks no subject. */
  abstract putNew(tx: Tx, rows: readonly PersonRow[], actor: Actor): Promise<boolean[]>;

  /** Customers who keep their numbers and share none. Which were written. Makes nobody known. */
  abstract putKnown(tx: Tx, rows: readonly PersonRow[], actor: Actor): Promise<boolean[]>;

  /** As `PUT /v1/people`, whatever the case. */
  abstract put(tx: Tx, row: PersonRow, actor: Actor): Promise<void>;
}

/** Undefined: nothing was written, and it is for `grant`. A refusal is the one that `grant` would have thrown. */
export type ConsentOutcome = { id: string } | { refusal: AppError } | undefined;

/**
 * Consents out of lists, each written as `grant` would write it: in its place in the ledger, on every row that it stands
 * on, with an event of its own. As with `BulkWishesPort`, one transaction calls `grantKnown` after `grantNew` only where
 * that wrote nothing.
 */
export abstract class ConsentRowsPort {
  /** A body of `POST /v1/consents`, judged without looking anybody up. @throws AppError INVALID */
  abstract read(body: unknown, actor: Actor): ConsentBody;

  /** Of numbers and customers whom nobody knows. Locks no subject. */
  abstract grantNew(tx: Tx, rows: readonly ConsentRow[], actor: Actor): Promise<ConsentOutcome[]>;

  /** Of numbers and customers who are known. Makes nobody known. */
  abstract grantKnown(tx: Tx, rows: readonly ConsentRow[], actor: Actor): Promise<ConsentOutcome[]>;

  /** As `POST /v1/consents`; the id of the consent. @throws AppError INVALID, RECORD_ERASED */
  abstract grant(tx: Tx, row: ConsentRow, actor: Actor): Promise<string>;
}

/** Which rows are about a customer and numbers that no other row is about. */
export function apart(rows: readonly PersonRow[]): boolean[] {
  const times = new Map<string, number>();
  const namesOf = ({ customerId, numbers }: PersonRow): string[] => [`customer ${customerId}`, ...numbers];
  for (const row of rows) for (const name of namesOf(row)) times.set(name, (times.get(name) ?? 0) + 1);
  return rows.map((row) => namesOf(row).every((name) => times.get(name) === 1));
}
