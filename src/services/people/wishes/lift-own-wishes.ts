import { Injectable } from '@nestjs/common';
import { DatabaseTime } from '../../../platform/clock/database-time';
import type { Tx } from '../../../platform/database/database';
import { writeInstant } from '../../../platform/http/instants';
import { OptOutRevocation } from '../consents/opt-out-revocation';
import { PersonRecord } from '../person-record';
import { recordedActor } from '../recorded-actor';
import { type OwnWord, OwnWordsPort, type Reach, type RecordedWish } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import { idsOf } from '../words-on-rows';
import { type OwnWish, OwnWordsRepository } from './own-words.repository';
import { RecordWish } from './record-wish';
import { heirsOf, succeed, wishOfHeir } from '../set-aside-words';
import { WishesRepository } from './wishes.repository';

/**
 * What a person's own later word does to the same person's earlier ones. Words count by when they were said, in
 * whatever order they reach us: what binds in the end is what was said last, and of two said at once the refusal
 * (RULINGS 19, 20).
 */
@Injectable()
export class LiftOwnWishes extends OwnWordsPort {
  constructor(
    private readonly subjects: SubjectsRepository,
    private readonly wishes: WishesRepository,
    private readonly words: OwnWordsRepository,
    private readonly records: PersonRecord,
    private readonly revocations: OptOutRevocation,
    private readonly time: DatabaseTime,
    private readonly recorder: RecordWish,
  ) {
    super();
  }

  async settleOptOut(
    tx: Tx,
    word: OwnWord,
    wish: Pick<RecordedWish, 'id'>,
  ): Promise<'stands' | 'superseded'> {
    await this.words.noteSaid(tx, wish.id, word.saidAt);
    // The lock that `recordWish` took is still held, so no word can be missing here.
    const optedInAt = await this.words.lastOptIn(tx, wish.id);
    if (optedInAt === undefined || optedInAt <= word.saidAt) return 'stands';
    const reach = await this.subjects.lockReach(tx, word.target);
    // Only this one: other wishes were judged when the later word came, against what was known then.
    const standing = await this.words.standing(tx, reach.own.id, this.nowOf(reach));
    const late = standing.filter(({ id }) => id === wish.id);
    await this.lift(tx, reach, word, late);
    return 'superseded';
  }

  async optIn(tx: Tx, word: OwnWord): Promise<'stands' | 'superseded'> {
    const reach = await this.subjects.lockReach(tx, word.target);
    const recordedAt = this.nowOf(reach);
    const { eventId, saidAt } = word;
    await this.words.noteOptIn(tx, { eventId, subjectId: reach.own.id, saidAt, recordedAt });
    const standing = await this.words.standing(tx, reach.own.id, recordedAt);
    // At the latest now: a clock that runs ahead must not carry it past a refusal that was spoken after it.
    const counted = Math.min(saidAt, recordedAt);
    const earlier = standing.filter((wish) => wish.saidAt < counted);
    await this.lift(tx, reach, word, earlier);
    return earlier.length === standing.length ? 'stands' : 'superseded';
  }

  async correctOptIn(tx: Tx, word: OwnWord, causeEventId: string): Promise<number> {
    const { target, eventId, saidAt, actor } = word;
    const reach = await this.subjects.lockReach(tx, target);
    const before = await this.words.optInSaidAt(tx, eventId);
    if (before === undefined || saidAt >= before) return 0;
    const recordedAt = this.nowOf(reach);
    await this.words.noteOptInTime(tx, { eventId, saidAt, recordedAt, causeEventId });
    const lifted = await this.words.lifted(tx, reach.own.id, { from: saidAt, to: before }, recordedAt);
    let restored = 0;
    for (const wish of lifted) {
      const optedInAt = await this.words.lastOptIn(tx, wish.id);
      // Lifted by another word as well, which was said after it.
      if (optedInAt !== undefined && optedInAt > wish.saidAt) continue;
      const again = await this.recorder.recordWish(tx, {
        target: { subjectId: reach.own.id },
        scope: wish.scope,
        channels: wish.channels,
        purposes: wish.purposes,
        source: 'customer',
        reason: 'Was lifted by a word that proved to have been said before it.',
        evidence: { lifted: wish.id, said: writeInstant(wish.saidAt), eventId: causeEventId },
        ...(wish.until === undefined ? {} : { until: wish.until }),
        actor,
      });
      await this.words.noteSaid(tx, again.id, wish.saidAt);
      restored += 1;
    }
    return restored;
  }

  private async lift(tx: Tx, reach: Reach, word: OwnWord, wishes: readonly OwnWish[]): Promise<void> {
    if (wishes.length === 0) return;
    const lifted = new Set(wishes.map(({ id }) => id));
    const revokes = await this.revocations.applies(tx, reach);
    const standing = reach.rows.flatMap(({ facts }) => facts.wishes);
    const heirs = await heirsOf(tx, standing, lifted, this.nowOf(reach));
    for (const { facts } of reach.rows) facts.wishes = succeed(facts.wishes, lifted, heirs, wishOfHeir);
    const revoking = revokes ? lastOfEach(wishes.filter((wish) => !wish.hasEnd)) : [];
    const revocations = new Map(revoking.map((wish) => [wish.id, this.revocations.putOn(reach, wish)]));
    await this.subjects.saveRows(tx, reach.rows);
    for (const wish of wishes) {
      const standsAgain = heirs.filter((heir) => heir.of === wish.id).map(({ id }) => id);
      const eventId = await this.record(tx, reach, word, { wish, revokes, standsAgain });
      const revocation = revocations.get(wish.id);
      if (revocation !== undefined) {
        await this.revocations.record(tx, reach, revocation, { actor: word.actor, eventId });
      }
    }
  }

  private async record(
    tx: Tx,
    reach: Reach,
    word: OwnWord,
    { wish, revokes, standsAgain }: { wish: OwnWish; revokes: boolean; standsAgain: string[] },
  ): Promise<string> {
    const at = this.nowOf(reach);
    const eventId = await this.records.record(tx, reach.own, {
      type: 'wish.released.v1',
      at,
      clear: {
        suppressionId: wish.id,
        ownWord: word.eventId,
        scope: wish.scope.kind,
        channels: wish.channels,
        purposes: wish.purposes,
        source: 'customer',
      },
      payload: {
        suppressionId: wish.id,
        ownWord: { eventId: word.eventId, saidAt: writeInstant(word.saidAt) },
        wishSaidAt: writeInstant(wish.saidAt),
        revokesEarlierConsents: revokes && !wish.hasEnd,
        ...(standsAgain.length === 0 ? {} : { standsAgain }),
        rows: idsOf(reach.rows),
        actor: recordedActor(word.actor),
      },
    });
    await this.wishes.insertRelease(tx, { suppressionId: wish.id, releasedAt: at, eventId });
    return eventId;
  }

  private nowOf(reach: Reach): number {
    return this.time.at(reach.own.lockedAt);
  }
}

/**
 * What outlives the wishes is left behind once for each matter: of wishes that speak of the same things the last one
 * said says all that the others would.
 */
function lastOfEach(wishes: readonly OwnWish[]): OwnWish[] {
  const last = new Map<string, OwnWish>();
  for (const wish of wishes) last.set(JSON.stringify([wish.scope, wish.purposes, wish.channels]), wish);
  return [...last.values()];
}
