import type { INBOUND_TYPES } from '../../../contracts/inbound-topics';
import type { Actor } from '../../../contracts/actor';
import type { Tx } from '../../../platform/database/database';

/** What another system says of people. Nothing here releases what binds. */
export type PeopleChange = (typeof INBOUND_TYPES)['people.changes.in.v1'][number];

/** Changes of people by others than REST, judged by the same bodies and done by the same use cases. */
export abstract class PeopleChangesPort {
  /**
   * What the data asks for, to be done in a transaction of the caller's, whose first lock it takes.
   * @throws AppError INVALID naming the member, before anything is done.
   */
  abstract read(type: PeopleChange, data: unknown, actor: Actor): (tx: Tx) => Promise<void>;
}
