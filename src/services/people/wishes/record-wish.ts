import { Injectable } from '@nestjs/common';
import type { Cooldown, Wish } from '../../../domain/decision/facts';
import { CHANNELS, WISH_DEFAULT_PURPOSES } from '../../../domain/decision/purpose';
import type { Json } from '../../../domain/ledger/canonical-json';
import type { E164 } from '../../../domain/phone/e164';
import { parseNumber } from '../../../domain/phone/parse-number';
import {
  type SetAside,
  stand,
  unexpiredWishes,
  WISH_MATTER,
  withCooldown,
} from '../../../domain/suppression/standing-words';
import { DatabaseTime } from '../../../platform/clock/database-time';
import type { Tx } from '../../../platform/database/database';
import { writeInstant } from '../../../platform/http/instants';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { Keyring } from '../../../platform/keys/keyring';
import { SettingsCache } from '../../settings/settings-cache';
import { PersonRecord } from '../person-record';
import { recordedActor } from '../recorded-actor';
import { type Reach, type RecordedWish, type WishInput, WishesPort, type WordTarget } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import { idsOf } from '../words-on-rows';
import { confirmationOf } from './confirmation';
import { noteSetAside, ownAmong } from '../set-aside-words';
import { mayBind, voidWhere } from './voided-slots';
import { WishesRepository } from './wishes.repository';

/** Writes a wish not to be called where every decision begun after the commit must see it (promise 2). */
@Injectable()
export class RecordWish extends WishesPort {
  constructor(
    private readonly subjects: SubjectsRepository,
    private readonly wishes: WishesRepository,
    private readonly records: PersonRecord,
    private readonly settings: SettingsCache,
    private readonly keyring: Keyring,
    private readonly time: DatabaseTime,
  ) {
    super();
  }

  async recordWish(tx: Tx, input: WishInput): Promise<RecordedWish> {
    const reach = await this.subjects.lockReach(tx, input.target);
    const at = this.time.at(reach.own.lockedAt);
    const wish: Wish = {
      id: uuidV7(at),
      scope: input.scope ?? { kind: 'group' },
      channels: [...new Set(input.channels ?? CHANNELS)],
      purposes: [...new Set(input.purposes ?? WISH_DEFAULT_PURPOSES)],
      source: input.source,
      recordedAt: at,
      ...(input.until === undefined ? {} : { until: input.until }),
      ...this.onlyNumberOf(input),
    };
    const { voided, setAside } = await this.write(tx, reach, wish);
    const receiptId = uuidV7(at);
    const confirmation = confirmationOf(wish, await this.languageOf(tx, reach, input));
    const subjectId = reach.own.id;
    const eventId = await this.records.record(tx, reach.own, {
      type: 'wish.recorded.v1',
      at,
      clear: {
        suppressionId: wish.id,
        receiptId,
        scope: wish.scope.kind,
        scopeId: wish.scope.kind === 'group' ? undefined : wish.scope.id,
        channels: wish.channels,
        purposes: wish.purposes,
        source: wish.source,
        onlyNumber: wish.number === undefined ? undefined : true,
        until: wish.until === undefined ? undefined : writeInstant(wish.until),
      },
      payload: {
        suppressionId: wish.id,
        receiptId,
        said: saidBy(input.target),
        namedScope: input.namedScope === undefined ? undefined : { ...input.namedScope },
        wish: { ...wish },
        reason: input.reason,
        evidence: input.evidence,
        confirmation,
        rows: idsOf(reach.rows),
        voided,
        ...(setAside.length === 0 ? {} : { setAside }),
        actor: recordedActor(input.actor),
      },
    });
    await this.wishes.insert(tx, {
      ...wish,
      receiptId,
      subjectId,
      recordedBy: input.actor.clientId,
      eventId,
    });
    const { id, scope, channels, purposes } = wish;
    return { id, receiptId, effectiveAt: at, scope, channels, purposes, confirmation, eventId, subjectId };
  }

  async recordCooldown(tx: Tx, target: WordTarget, cooldown: Cooldown): Promise<void> {
    const { rows, own } = await this.subjects.lockReach(tx, target);
    const at = this.time.at(own.lockedAt);
    const missing = rows.filter((row) => !row.facts.cooldowns.some((known) => known.id === cooldown.id));
    for (const { facts } of missing) facts.cooldowns = withCooldown(facts.cooldowns, cooldown, at);
    await this.subjects.saveRows(tx, missing);
  }

  /** Whoever says "wrong number" speaks for that number alone: the customer's others stay callable (OPTOUT.md). */
  private onlyNumberOf({ source, target }: WishInput): { number?: string } {
    if (source !== 'wrong_person' || !('number' in target)) return {};
    return { number: this.keyring.tagOfNumber(target.number).toString('hex') };
  }

  /** Returns the calls whose authorizations the wish took back, and the wishes that another stands for from now on. */
  private async write(
    tx: Tx,
    reach: Reach,
    wish: Wish,
  ): Promise<{ voided: string[]; setAside: { id: string; by: string }[] }> {
    const settings = this.settings.current();
    const repeated = reach.rows.flatMap(({ facts }) =>
      facts.wishes.filter((other) => WISH_MATTER.same(other, wish)).map(({ id }) => id),
    );
    // Only one person's words stand for each other: others reach other rows.
    const own = await ownAmong(tx, reach.own.id, 'suppressions', [...new Set(repeated)]);
    const voided = new Set<string>();
    const setAside = new Map<string, SetAside<Wish>>();
    for (const row of reach.rows) {
      const standing = unexpiredWishes(row.facts.wishes, wish.recordedAt);
      const stood = stand(standing, wish, WISH_MATTER, (id) => own.has(id));
      row.facts.wishes = stood.words;
      for (const entry of stood.setAside) setAside.set(`${entry.word.id}/${entry.by.id}`, entry);
      const after = voidWhere(row.slots, (slot) => mayBind(wish, slot, settings), wish.recordedAt);
      row.slots = after.slots;
      for (const callId of after.voided) voided.add(callId);
    }
    await this.subjects.saveRows(tx, reach.rows);
    const entries = [...setAside.values()];
    await noteSetAside(tx, entries, WISH_MATTER.endOf);
    return {
      voided: [...voided],
      setAside: entries.map(({ word, by }) => ({ id: word.id, by: by.id })),
    };
  }

  /** A vendor hears the language of the number it named, and so nothing that we know of the person. */
  private async languageOf(
    tx: Tx,
    reach: Reach,
    { target, actor, spoken }: WishInput,
  ): Promise<{ language?: string; country?: string }> {
    if (spoken !== undefined) return spoken;
    const named = 'number' in target ? target.number : undefined;
    if (actor.vendorId !== undefined) return countryOf(named);
    const chosen = reach.own.facts.preferences.findLast((preference) => preference.language !== undefined);
    if (chosen?.language !== undefined) return { language: chosen.language };
    return countryOf(named ?? (await this.subjects.numbersOf(tx, [reach.own.id]))[0]);
  }
}

function countryOf(number: E164 | undefined): { country?: string } {
  const verdict = number === undefined ? undefined : parseNumber(number);
  return verdict?.kind === 'valid' ? { country: verdict.country } : {};
}

/** As the word came in; sealed, because it may be a number. */
function saidBy(target: WordTarget): { [member: string]: Json | undefined } {
  return { ...target };
}
