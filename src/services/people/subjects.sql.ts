/**
 * The SQL of the subject rows. Locks are taken in id order, the one order for everybody (RULINGS 3); numbers are
 * inserted in tag order and before any lock, so that no two transactions wait for each other.
 */

/** As a subject begins: nothing known. Canonical JSON, because a decision's record holds this very text. */
export const EMPTY_FACTS_TEXT =
  '{"cooldowns":[],"grants":[],"persons":[],"preferences":[],"wishes":[],"withdrawals":[]}';

/** What merged-away ids stand for now: $1 ids asked for → present rows. */
export const ROOTS = `
WITH RECURSIVE present (asked, id, merged_into) AS (
  SELECT id, id, merged_into FROM subjects WHERE id = ANY ($1::uuid[])
  UNION ALL
  SELECT p.asked, s.id, s.merged_into FROM present p JOIN subjects s ON s.id = p.merged_into
)
SELECT asked, id FROM present WHERE merged_into IS NULL`;

/**
 * Rows are named by an array, because a join beside FOR UPDATE would still see the older snapshot after a wait, and
 * the clock is read outside the locking query, because beside it it would be read before the wait (RULINGS 1). Rows
 * come one by one, so only the last row's clock is later than every wait.
 */
export const LOCK = `
WITH locked AS MATERIALIZED (
  SELECT id, kind, tags, facts, slots, wrapping_key, merged_into FROM subjects
  WHERE id = ANY (ARRAY(SELECT id FROM (${ROOTS}) AS roots))
  ORDER BY id
  FOR UPDATE
)
SELECT locked.*, floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS locked_at FROM locked`;

/**
 * Every row that a word of the subjects $1 binds: they themselves, the people who claim a number that they hold, and
 * whatever holds any number of those people.
 */
export const REACH = `
WITH person AS (
  SELECT c.person_id FROM numbers n JOIN people_numbers c ON c.number_id = n.id AND c.to_at IS NULL
  WHERE n.subject_id = ANY ($1::uuid[])
  UNION
  SELECT person_id FROM people WHERE person_id = ANY ($1::uuid[])
)
SELECT unnest($1::uuid[]) AS id
UNION
SELECT person_id FROM person
UNION
SELECT n.subject_id FROM person p
JOIN people_numbers c ON c.person_id = p.person_id AND c.to_at IS NULL
JOIN numbers n ON n.id = c.number_id
ORDER BY id`;

/**
 * Numbers first, in tag order; a subject only for a number that was really new and came with a key for one. Returns
 * the tags of the new numbers: another transaction may have been faster with the rest.
 */
export const ADMIT_NUMBERS = `
WITH wanted AS (
  SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[])
    AS w (tag, number_id, subject_id, sealed, wrapping_key)
), admitted AS (
  INSERT INTO numbers (id, tag, tag_version, sealed, subject_id)
  SELECT number_id, tag, 1, sealed, subject_id FROM wanted ORDER BY tag
  ON CONFLICT (tag) DO NOTHING
  RETURNING id, tag, subject_id
), history AS (
  INSERT INTO subject_numbers (number_id, subject_id, from_at)
  SELECT id, subject_id, clock_timestamp() FROM admitted
), made AS (
  INSERT INTO subjects (id, kind, tags, facts, slots, wrapping_key, created_at)
  SELECT a.subject_id, 'person', a.tag, '${EMPTY_FACTS_TEXT}', '[]', w.wrapping_key, clock_timestamp()
  FROM admitted a JOIN wanted w ON w.tag = a.tag WHERE w.wrapping_key IS NOT NULL
)
SELECT tag FROM admitted`;

/** A customer and its own subject; returns nothing where the customer is known. $5 is the list of persons on it. */
export const ADMIT_PERSON = `
WITH admitted AS (
  INSERT INTO people (person_id, customer_tag, customer_sealed, created_at)
  VALUES ($1, $2, $3, clock_timestamp())
  ON CONFLICT (customer_tag) DO NOTHING
  RETURNING person_id
)
INSERT INTO subjects (id, kind, tags, facts, slots, wrapping_key, created_at)
SELECT person_id, 'person', '',
  (replace('${EMPTY_FACTS_TEXT}', '"persons":[]', '"persons":' || $5::text))::json, '[]', $4, clock_timestamp()
FROM admitted
RETURNING id`;

export const SAVE_FACTS = 'UPDATE subjects SET facts = $2 WHERE id = $1';
export const SAVE_SLOTS = 'UPDATE subjects SET slots = $2 WHERE id = $1';
export const SAVE_ROWS = `
UPDATE subjects s SET facts = r.facts::json, slots = r.slots::json
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS r (id, facts, slots)
WHERE s.id = r.id`;
