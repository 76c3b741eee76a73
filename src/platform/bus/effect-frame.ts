import type { Tx } from '../database/database';

/** What surrounds the effect of something that may come more than once, in the effect's own transaction. */
export interface EffectFrame {
  /**
   * The first statement of the transaction, before anything is locked. False: there is nothing to do, and the
   * transaction is to be committed without an effect.
   */
  enter(tx: Tx): Promise<boolean>;
}
