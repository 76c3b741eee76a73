import type { Actor } from '../../../contracts/actor';
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

/** Rows of lists that are written one by one, each as if it had been sent alone, each in a transaction of its own. */
export abstract class PeopleRowsPort {
  /** Which of these say nothing that is not known already. Takes no lock. */
  abstract unchanged(tx: Tx, rows: readonly PersonRow[]): Promise<boolean[]>;

  /** As `PUT /v1/people`. */
  abstract put(tx: Tx, row: PersonRow, actor: Actor): Promise<void>;

  /** A body of `POST /v1/consents`, judged without looking anybody up. @throws AppError INVALID */
  abstract readConsent(body: unknown, actor: Actor): ConsentBody;

  /** As `POST /v1/consents`; the id of the consent. @throws AppError INVALID, RECORD_ERASED */
  abstract grant(tx: Tx, row: ConsentRow, actor: Actor): Promise<string>;
}
