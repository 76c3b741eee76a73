import { Injectable } from '@nestjs/common';
import type { Channel, Purpose } from '../../../domain/decision/purpose';
import type { WishScope } from '../../../domain/decision/facts';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';
import { FAMILY } from './wishes.repository';

/** A wish that the person's own word put there and that nothing has lifted yet. */
export interface OwnWish {
  id: string;
  scope: WishScope;
  channels: Channel[];
  purposes: Purpose[];
  hasEnd: boolean;
  /** When the word was said: where nobody told us, when it was recorded. */
  saidAt: Instant;
}

/** One that was lifted by the person's own later word. */
export interface LiftedWish extends OwnWish {
  until?: Instant;
}

/**
 * When an opt-in counts as said: nothing is said after it was recorded, whatever a clock ahead of ours says of it, nor
 * after the provider told us that it was.
 */
const OPT_IN_SAID = 'least(o.said_at, o.recorded_at, t.said_at)';

/** When people said what they said. Whoever asks holds the lock of the subject, so nothing is missing. */
@Injectable()
export class OwnWordsRepository {
  /**
   * Of this subject and of everything merged into it, oldest word first. Not what was carried over from a number or a
   * household that it has parted from: whose word that was, nobody knows.
   */
  async standing(tx: Tx, subjectId: string, now: Instant): Promise<OwnWish[]> {
    return tx.query<OwnWish>({
      name: 'own-words-standing',
      text: `${FAMILY}
SELECT s.id, json_strip_nulls(json_build_object('kind', s.scope_kind, 'id', s.scope_id)) AS scope, s.channels,
  s.purposes, s.until IS NOT NULL AS "hasEnd",
  (extract(epoch FROM coalesce(w.said_at, s.recorded_at)) * 1000)::float8 AS "saidAt"
FROM suppressions s
LEFT JOIN suppression_words w ON w.suppression_id = s.id
WHERE s.subject_id IN (SELECT id FROM family) AND s.source = 'customer' AND s.carried_from IS NULL
  AND (s.until IS NULL OR s.until > $2)
  AND NOT EXISTS (SELECT FROM suppression_releases r WHERE r.suppression_id = s.id)
ORDER BY "saidAt", s.id`,
      values: [[subjectId], new Date(now)],
    });
  }

  /** When the person whose wish this is last asked to be contacted again; undefined for never. */
  async lastOptIn(tx: Tx, suppressionId: string): Promise<Instant | undefined> {
    const rows = await tx.query<{ at: number | null }>({
      name: 'own-words-last-opt-in',
      text: `
WITH RECURSIVE family (id) AS (
  SELECT subject_id FROM suppressions WHERE id = $1
  UNION
  SELECT s.id FROM family f JOIN subjects s ON s.merged_into = f.id
)
SELECT (extract(epoch FROM max(${OPT_IN_SAID})) * 1000)::float8 AS at
FROM opt_in_words o LEFT JOIN opt_in_times t ON t.event_id = o.event_id
WHERE o.subject_id IN (SELECT id FROM family)`,
      values: [suppressionId],
    });
    return rows[0]?.at ?? undefined;
  }

  /** When the opt-in of this event counts as said; undefined where there is none. */
  async optInSaidAt(tx: Tx, eventId: string): Promise<Instant | undefined> {
    const rows = await tx.query<{ at: number }>({
      name: 'own-words-opt-in-said',
      text: `
SELECT (extract(epoch FROM ${OPT_IN_SAID}) * 1000)::float8 AS at
FROM opt_in_words o LEFT JOIN opt_in_times t ON t.event_id = o.event_id WHERE o.event_id = $1`,
      values: [eventId],
    });
    return rows[0]?.at;
  }

  /**
   * Wishes of this subject's own words that were said in [from, to) and lifted by such a word again, and that would
   * still have force; oldest word first.
   */
  async lifted(
    tx: Tx,
    subjectId: string,
    said: { from: Instant; to: Instant },
    now: Instant,
  ): Promise<LiftedWish[]> {
    const rows = await tx.query<Omit<LiftedWish, 'until'> & { until: Date | null }>({
      name: 'own-words-lifted',
      text: `${FAMILY}
SELECT s.id, json_strip_nulls(json_build_object('kind', s.scope_kind, 'id', s.scope_id)) AS scope, s.channels,
  s.purposes, s.until IS NOT NULL AS "hasEnd", s.until,
  (extract(epoch FROM coalesce(w.said_at, s.recorded_at)) * 1000)::float8 AS "saidAt"
FROM suppressions s
JOIN suppression_releases r ON r.suppression_id = s.id AND r.approval_id IS NULL
LEFT JOIN suppression_words w ON w.suppression_id = s.id
WHERE s.subject_id IN (SELECT id FROM family) AND s.source = 'customer' AND s.carried_from IS NULL
  AND (s.until IS NULL OR s.until > $2) AND coalesce(w.said_at, s.recorded_at) >= $3
  AND coalesce(w.said_at, s.recorded_at) < $4
ORDER BY "saidAt", s.id`,
      values: [[subjectId], new Date(now), new Date(said.from), new Date(said.to)],
    });
    return rows.map(({ until, ...wish }) => ({
      ...wish,
      ...(until === null ? {} : { until: until.getTime() }),
    }));
  }

  async noteSaid(tx: Tx, suppressionId: string, saidAt: Instant): Promise<void> {
    await tx.query({
      name: 'own-words-said',
      text: 'INSERT INTO suppression_words (suppression_id, said_at) VALUES ($1, $2)',
      values: [suppressionId, new Date(saidAt)],
    });
  }

  async noteOptIn(
    tx: Tx,
    word: { eventId: string; subjectId: string; saidAt: Instant; recordedAt: Instant },
  ): Promise<void> {
    await tx.query({
      name: 'own-words-opt-in',
      text: 'INSERT INTO opt_in_words (event_id, subject_id, said_at, recorded_at) VALUES ($1, $2, $3, $4)',
      values: [word.eventId, word.subjectId, new Date(word.saidAt), new Date(word.recordedAt)],
    });
  }

  /** Once an opt-in: the first correction is the provider's own. */
  async noteOptInTime(
    tx: Tx,
    word: { eventId: string; saidAt: Instant; recordedAt: Instant; causeEventId: string },
  ): Promise<void> {
    await tx.query({
      name: 'own-words-opt-in-time',
      text: `
INSERT INTO opt_in_times (event_id, said_at, recorded_at, cause_event_id) VALUES ($1, $2, $3, $4)
ON CONFLICT (event_id) DO NOTHING`,
      values: [word.eventId, new Date(word.saidAt), new Date(word.recordedAt), word.causeEventId],
    });
  }
}
