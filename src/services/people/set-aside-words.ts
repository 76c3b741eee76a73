import type { Preference, Wish } from '../../domain/decision/facts';
import type { SetAside } from '../../domain/suppression/standing-words';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import { FAMILY } from './wishes/wishes.repository';

/**
 * Words that another word of the same person stands for (`domain/suppression/standing-words.ts`). They have their events,
 * receipts and rows like any other, and stand again when the one that stands for them is lifted alone.
 */
interface Repeated {
  id: string;
  recordedAt: Instant;
}

/** Of these wishes and preferences those that were said of this subject or of what was merged into it. */
export async function ownAmong(
  tx: Tx,
  subjectId: string,
  kind: 'suppressions' | 'preferences',
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await tx.query<{ id: string }>({
    name: `own-among-${kind}`,
    text: `${FAMILY}
SELECT id FROM ${kind} WHERE id = ANY ($2::uuid[]) AND subject_id IN (SELECT id FROM family)`,
    values: [[subjectId], ids],
  });
  return new Set(rows.map(({ id }) => id));
}

/** @param endOf Infinity where a word has no end */
export async function noteSetAside<Word extends Repeated>(
  tx: Tx,
  entries: readonly SetAside<Word>[],
  endOf: (word: Word) => Instant,
): Promise<void> {
  if (entries.length === 0) return;
  await tx.query({
    name: 'words-set-aside',
    text: `
INSERT INTO words_set_aside (word_id, by_id, word_recorded_at, word_until)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[])
ON CONFLICT (word_id, by_id) DO NOTHING`,
    values: [
      entries.map(({ word }) => word.id),
      entries.map(({ by }) => by.id),
      entries.map(({ word }) => new Date(word.recordedAt)),
      entries.map(({ word }) => (endOf(word) === Infinity ? null : new Date(endOf(word)))),
    ],
  });
}

/** What stands in the place of a word that was lifted. */
export interface Heir {
  /** The lifted word. */
  of: string;
  id: string;
  recordedAt: Instant;
  until?: Instant;
}

/**
 * Of each word of a row that is being lifted the one that it stood for and that holds longest, which stands for all
 * others from now on. Where that one is lifted as well, those that it stood for itself.
 *
 * @param lifted all that is lifted at once, whether it stands on a row or not
 */
export async function heirsOf(
  tx: Tx,
  rows: readonly { id: string }[],
  lifted: ReadonlySet<string>,
  now: Instant,
): Promise<Heir[]> {
  const roots = new Set(rows.map(({ id }) => id).filter((id) => lifted.has(id)));
  if (roots.size === 0) return [];
  const found = await tx.query<{ of: string; id: string; recordedAt: number; until: number | null }>({
    name: 'words-heirs',
    text: `
WITH RECURSIVE gone (root, id) AS (
  SELECT id, id FROM unnest($1::uuid[]) AS asked (id)
  UNION
  SELECT g.root, a.word_id FROM gone g JOIN words_set_aside a ON a.by_id = g.id
  WHERE ${LIFTED}
), candidates AS (
  SELECT DISTINCT ON (g.root, a.word_id) g.root, a.word_id, a.word_recorded_at, a.word_until
  FROM gone g JOIN words_set_aside a ON a.by_id = g.id
  WHERE NOT (${LIFTED}) AND (a.word_until IS NULL OR a.word_until > $2)
), heirs AS (
  SELECT DISTINCT ON (root) * FROM candidates
  ORDER BY root, word_until DESC NULLS FIRST, word_recorded_at DESC, word_id DESC
), others AS (
  INSERT INTO words_set_aside (word_id, by_id, word_recorded_at, word_until)
  SELECT c.word_id, h.word_id, c.word_recorded_at, c.word_until
  FROM candidates c JOIN heirs h ON h.root = c.root AND h.word_id <> c.word_id
  ON CONFLICT (word_id, by_id) DO NOTHING
)
SELECT root AS of, word_id AS id, (extract(epoch FROM word_recorded_at) * 1000)::float8 AS "recordedAt",
  (extract(epoch FROM word_until) * 1000)::float8 AS until FROM heirs`,
    values: [[...roots], new Date(now), [...lifted]],
  });
  return found.map(({ until, ...heir }) => ({ ...heir, ...(until === null ? {} : { until }) }));
}

const LIFTED = `
a.word_id IN (SELECT unnest($3::uuid[]))
OR EXISTS (SELECT FROM suppression_releases r WHERE r.suppression_id = a.word_id)
OR EXISTS (SELECT FROM preference_withdrawals w WHERE w.preference_id = a.word_id)`;

/** The row's words without those that are lifted, each with its heir in its place where it has one. */
export function succeed<Word extends Repeated>(
  words: readonly Word[],
  lifted: ReadonlySet<string>,
  heirs: readonly Heir[],
  asHeir: (word: Word, heir: Heir) => Word,
): Word[] {
  const kept = words.filter(({ id }) => !lifted.has(id));
  const there = new Set(kept.map(({ id }) => id));
  for (const word of words) {
    if (!lifted.has(word.id)) continue;
    const heir = heirs.find(({ of }) => of === word.id);
    if (heir === undefined || there.has(heir.id)) continue;
    there.add(heir.id);
    kept.push(asHeir(word, heir));
  }
  return kept;
}

export function wishOfHeir({ until: _, ...wish }: Wish, { id, recordedAt, until }: Heir): Wish {
  return { ...wish, id, recordedAt, ...(until === undefined ? {} : { until }) };
}

export function preferenceOfHeir(
  { quietUntil: _, ...preference }: Preference,
  { id, recordedAt, until }: Heir,
): Preference {
  return { ...preference, id, recordedAt, ...(until === undefined ? {} : { quietUntil: until }) };
}
