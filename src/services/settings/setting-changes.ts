import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import type { Json } from '../../domain/ledger/canonical-json';
import type { Instant } from '../../domain/time/instant';
import { CLOCK, type Clock } from '../../platform/clock/clock';
import type { Tx } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';

type Members = { [member: string]: Json | undefined };

/** A change of a setting, as it stands in the record. */
export interface SettingChange {
  /** Past tense and versioned, e.g. `campaign.approved.v1`. */
  type: string;
  /** Id of the changed thing; orders its events. */
  id: string;
  /** Absent: the gateway itself, at first start. */
  actor?: Actor;
  /** The setting before and after, whole; sealed. */
  before?: Members;
  after: Members;
  /** Random ids and codes for the outside, beside the id and who did it. */
  clear?: Members;
}

/** The one way to change a setting: with its record, and seen by the next decision on every process. */
@Injectable()
export class SettingChanges {
  constructor(
    private readonly evidence: EvidenceWriter,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * To be called in the transaction of every change of a setting, after the change. The version's row stays locked
   * until commit, so such changes commit one after the other, and a decision that checks the version sees all of them
   * or none. Returns the id of its event.
   */
  async record(tx: Tx, change: SettingChange, at: Instant = this.clock.now()): Promise<string> {
    const { type, id, actor, before, after, clear } = change;
    const by = actor === undefined ? undefined : { id: actor.clientId, name: actor.name, kind: actor.kind };
    const [eventId] = await this.evidence.record(tx, [
      {
        type,
        at,
        partitionKey: id,
        clear: { ...clear, id, by: actor?.clientId },
        payload: { id, by, before, after },
      },
    ]);
    await tx.query({
      name: 'settings-bump',
      text: 'UPDATE settings_version SET version = version + 1',
    });
    if (eventId === undefined) throw new Error('An event got no id.');
    return eventId;
  }
}
