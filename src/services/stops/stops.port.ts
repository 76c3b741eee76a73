import type { Actor } from '../../contracts/actor';
import type { Json } from '../../domain/ledger/canonical-json';
import type { Stop } from '../../domain/suppression/stops';
import type { Tx } from '../../platform/database/database';
import type { StoredStop } from './stops.repository';

export interface NewStop extends Pick<Stop, 'scope' | 'live' | 'reason' | 'until'> {
  /** Absent: a monitor. */
  actor?: Actor;
  /** What the monitor saw; sealed with the stop. */
  grounds?: { [member: string]: Json | undefined };
}

/** Stops everything of a scope, in the transaction of what gave rise to it. */
export abstract class StopsPort {
  /** The scope has been checked to be one. Binds every decision that is written after the commit. */
  abstract record(tx: Tx, stop: NewStop): Promise<StoredStop>;
}
