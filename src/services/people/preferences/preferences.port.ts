import type { Actor } from '../../../contracts/actor';
import type { Tx } from '../../../platform/database/database';
import type { WordTarget } from '../subjects.port';
import type { Narrowing } from './preference-body';

/** The one way by which a preference enters the gateway, whoever heard it. */
export abstract class PreferencesPort {
  /** Appends it and writes it to every row it binds. Locks what it needs, as `WishesPort` does. */
  abstract record(
    tx: Tx,
    input: { target: WordTarget; narrowing: Narrowing; actor: Actor },
  ): Promise<{ id: string }>;
}
