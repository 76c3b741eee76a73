import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import type { Preference, Slot } from '../../../domain/decision/facts';
import { PREFERENCE_PURPOSES } from '../../../domain/decision/purpose';
import type { Json } from '../../../domain/ledger/canonical-json';
import {
  PREFERENCE_MATTER,
  type SetAside,
  stand,
  unexpiredPreferences,
} from '../../../domain/suppression/standing-words';
import type { Instant } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import type { Tx } from '../../../platform/database/database';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { isOpen } from '../people/facts-union';
import { PersonRecord } from '../person-record';
import { recordedActor } from '../recorded-actor';
import type { WordTarget } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import { noteSetAside, ownAmong } from '../set-aside-words';
import { voidWhere } from '../wishes/voided-slots';
import { idsOf } from '../words-on-rows';
import type { Narrowing } from './preference-body';
import { PreferencesRepository } from './preferences.repository';

/** When, by whom and in which language a person wants to be called. Preferences add up and only narrow. */
@Injectable()
export class RecordPreference {
  constructor(
    private readonly subjects: SubjectsRepository,
    private readonly preferences: PreferencesRepository,
    private readonly records: PersonRecord,
    private readonly time: DatabaseTime,
  ) {}

  async record(
    tx: Tx,
    input: { target: WordTarget; narrowing: Narrowing; actor: Actor },
  ): Promise<{ id: string; receiptId: string; effectiveAt: Instant }> {
    const { target, narrowing, actor } = input;
    const reach = await this.subjects.lockReach(tx, target);
    const at = this.time.at(reach.own.lockedAt);
    const preference: Preference = { ...narrowing, id: uuidV7(at), recordedAt: at };
    const repeated = reach.rows.flatMap(({ facts }) =>
      facts.preferences.filter((other) => PREFERENCE_MATTER.same(other, preference)).map(({ id }) => id),
    );
    const own = await ownAmong(tx, reach.own.id, 'preferences', [...new Set(repeated)]);
    const voided = new Set<string>();
    const setAside = new Map<string, SetAside<Preference>>();
    for (const row of reach.rows) {
      const standing = unexpiredPreferences(row.facts.preferences, at);
      const stood = stand(standing, preference, PREFERENCE_MATTER, (known) => own.has(known));
      row.facts.preferences = stood.words;
      for (const entry of stood.setAside) setAside.set(`${entry.word.id}/${entry.by.id}`, entry);
      const after = voidWhere(row.slots, (slot) => isOpen(slot, at) && mayNarrow(preference, slot), at);
      row.slots = after.slots;
      for (const callId of after.voided) voided.add(callId);
    }
    await this.subjects.saveRows(tx, reach.rows);
    await noteSetAside(tx, [...setAside.values()], PREFERENCE_MATTER.endOf);
    const { id } = preference;
    const receiptId = uuidV7(at);
    const eventId = await this.records.record(tx, reach.own, {
      type: 'preference.recorded.v1',
      at,
      clear: { preferenceId: id, receiptId },
      payload: {
        preferenceId: id,
        receiptId,
        said: { ...target },
        preference: { ...preference } as unknown as Json,
        rows: idsOf(reach.rows),
        voided: [...voided],
        actor: recordedActor(actor),
      },
    });
    await this.preferences.insert(tx, {
      id,
      receiptId,
      subjectId: reach.own.id,
      recordedAt: at,
      recordedBy: actor.clientId,
      eventId,
    });
    return { id, receiptId, effectiveAt: at };
  }
}

/**
 * A token was given before the person said when and by whom; asking again costs nothing. A call that goes on is left
 * alone: it may be the one in which the person says so, and wants to be put through to somebody.
 */
function mayNarrow(preference: Preference, slot: Slot): boolean {
  const { quietUntil, hours, noAiVoice } = preference;
  const speaksOfCalls = quietUntil !== undefined || hours !== undefined || noAiVoice === true;
  return speaksOfCalls && PREFERENCE_PURPOSES.includes(slot.purpose);
}
