import type { Actor, Role } from '../../contracts/actor';
import type { Json } from '../../domain/ledger/canonical-json';
import { DAY, type Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';

/** What nobody decides in this time has lapsed: the reasons for it may have, too. */
export const APPROVAL_LIFE = 30 * DAY;

export const APPROVAL_STATES = ['pending', 'approved', 'rejected', 'expired'] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

export type Members = { [member: string]: Json | undefined };

/** What needs a second person. `before` and `after` stand in clear: ids, codes and times, never words or numbers. */
export interface Approval {
  id: string;
  /** E.g. `suppression.release`. */
  kind: string;
  /** Id of the thing that would change. */
  subject: string;
  before?: Members;
  after: Members;
  askedBy: { id: string; name: string };
  askedAt: Instant;
  expiresAt: Instant;
  state: ApprovalState;
  decidedBy?: { id: string; name: string };
  decidedAt?: Instant;
  comment?: string;
}

/** Reads in the transaction it is given, which is that of the whole page: a list needs one connection, however long. */
export type Presentation = (tx: Tx) => Promise<Pick<Approval, 'before' | 'after'>>;

/** What the service that asks gives: who may decide, and what happens then. */
export interface ApprovalKind {
  deciders: readonly Role[];
  /**
   * The effect, in the transaction of the decision: both are stored or neither. Throws where the state of things has
   * changed so that the effect no longer can be had; then the approval stays pending.
   */
  execute(tx: Tx, approval: Approval, decider: Actor): Promise<void>;
  /** Adds what a decider must see and what may not stand in clear, e.g. the reason of a release. */
  present?(approval: Approval, reader: Actor): Presentation;
}
