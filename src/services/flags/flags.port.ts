import type { Actor } from '../../contracts/actor';
import type { Json } from '../../domain/ledger/canonical-json';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';

/** What a person with `compliance` has to look at (OPTOUT.md; API.md, "During and after the call"). */
export const FLAG_KINDS = [
  'wrong_person',
  'vulnerable',
  'complaint_threat',
  'unmapped_result',
  'monitor_crossed',
] as const;
export type FlagKind = (typeof FLAG_KINDS)[number];

/** Work that something gave rise to: of a person, of a call, or of a vendor's report. */
export interface RaisedFlag {
  kind: FlagKind;
  /** Whose record it stands in. The caller holds the lock of that row. */
  subjectId?: string;
  callId?: string;
  vendorId?: string;
  /** The event in which it was heard or found. */
  causeEventId: string;
  /** What holds until somebody has looked: resolving the flag may ask for its release. */
  suppressionId?: string;
  /** What whoever decides has to know; sealed under the subject's key. */
  detail?: Json;
  actor: Actor;
}

export interface OpenFlag {
  id: string;
  suppressionId: string | null;
}

/** Work for compliance, in the transaction of what gave rise to it. */
export abstract class FlagsPort {
  /**
   * Opens it, with `flag.raised.v1` in the record of the subject. One flag for each kind, subject and cause, and one
   * that is open for each kind and call of a subject: asking again answers with the one that is there and writes
   * nothing.
   */
  abstract raise(tx: Tx, flag: RaisedFlag): Promise<{ id: string }>;

  /** The same was found again while somebody has still to look. Once a cause. */
  abstract repeat(tx: Tx, flagId: string, again: { causeEventId: string; at: Instant }): Promise<void>;

  /** What is open of this kind in the records of these subjects and of everything merged into them. */
  abstract openOf(tx: Tx, kind: FlagKind, subjectIds: readonly string[]): Promise<OpenFlag[]>;

  /** What the flag asked for has been done otherwise. The caller holds the lock of the subject's row. */
  abstract settle(
    tx: Tx,
    flagId: string,
    settled: { resolution: string; note: string; actor: Actor },
  ): Promise<void>;
}
