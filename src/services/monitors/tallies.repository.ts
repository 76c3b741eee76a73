import { Injectable } from '@nestjs/common';
import type { Tally } from '../../domain/monitoring/monitor';
import { HOUR, type Instant, MINUTE } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import { uuidV7Floor } from '../../platform/ids/uuid-v7';

/** Allowed calls are tallied by the quarter of an hour in which they were decided. */
export const SLICE = 15 * MINUTE;

/** Calls of so long a time are folded by one statement, which a thousand of them a second leave far below its deadline. */
const PART = 3 * MINUTE;

/** A campaign's calls through one vendor, or in-house where that is empty. */
export interface TallyRow extends Tally {
  campaignId: string;
  vendorId: string;
}

/** Calls of a part of time, and of one campaign or vendor where that is named. */
export interface TallyRange {
  from: Instant;
  to: Instant;
  campaignId?: string;
  vendorId?: string;
}

/**
 * Folds calls with what was reported of them. $1–$2: ids, which hold the time; $3: the present; $4, $5: one campaign or
 * vendor, or null. Refused is who asked never to be called again: by words, by the key, as the voice understood it, or as
 * the vendor's recording proves. Where a machine was
 * detected, a person took part who was heard all the same.
 * A call counts once in what a vendor reports of it, with its first report; reports of no call of ours count for nothing.
 */
const FOLD = `
WITH told AS (
  SELECT call_id,
    bool_or(effective AND (type IN ('answered', 'disclosure_played', 'transcript', 'dtmf', 'refused', 'human_requested',
      'transferred', 'recording') OR (type = 'ended' AND seconds > 0))) AS answered,
    bool_or(effective AND type = 'machine_detected') AS machine,
    bool_or((type = 'refused' AND coalesce(code, 'refuse_permanent') = 'refuse_permanent')
      OR (type = 'dtmf' AND 'REFUSED' = ANY (flags))
      OR (type = 'transcript' AND 'refuse_permanent' = ANY (string_to_array(code, ' ')))) AS refused,
    bool_or(type = 'transcript' AND 'complaint_threat' = ANY (string_to_array(code, ' '))) AS complained,
    bool_or(effective AND type = 'disclosure_played') AS disclosed,
    bool_or(effective AND type IN ('transcript', 'dtmf', 'refused', 'human_requested', 'transferred')) AS spoken,
    bool_or(effective AND (type IN ('dtmf', 'refused', 'human_requested')
      OR (type = 'transcript' AND code IS NOT NULL))) AS heard,
    bool_or(effective AND type = 'ended') AS ended,
    bool_or(effective AND type = 'ended' AND seconds <= 2)
      OR min(at) FILTER (WHERE effective AND type = 'ended')
        <= min(at) FILTER (WHERE effective AND type = 'answered') + interval '2 seconds' AS short
  FROM call_events WHERE call_id >= $1 AND call_id < $2 GROUP BY call_id
), call AS (
  SELECT c.campaign_id, coalesce(c.vendor_id, '') AS vendor_id,
    c.expires_at + interval '10 minutes' <= $3 AS due, t.call_id IS NOT NULL AS reported,
    coalesce(t.answered, false) AS answered, coalesce(t.machine, false) AS machine, coalesce(t.heard, false) AS heard,
    coalesce(t.ended, false) AS ended, coalesce(t.disclosed, false) AS disclosed,
    coalesce(t.spoken, false) AS spoken, coalesce(t.short, false) AS short, k.voice <> 'human' AS machine_voice,
    coalesce(t.refused, false) OR EXISTS (SELECT FROM vendor_result_effects v
      WHERE v.about = c.call_id AND v.effect LIKE 'stop%') AS refused,
    coalesce(t.complained, false) OR EXISTS (SELECT FROM flags f
      WHERE f.call_id = c.call_id AND f.kind = 'complaint_threat') AS complained
  FROM calls c LEFT JOIN told t ON t.call_id = c.call_id LEFT JOIN campaigns k ON k.id = c.campaign_id
  WHERE c.call_id >= $1 AND c.call_id < $2 AND c.outcome = 'allow' AND c.campaign_id IS NOT NULL
    AND ($4::text IS NULL OR c.campaign_id = $4) AND ($5::text IS NULL OR c.vendor_id = $5)
), judged AS (
  SELECT *, answered AND (NOT machine OR heard OR refused OR complained) AS person FROM call
), of_calls AS (
  SELECT campaign_id, vendor_id, count(*) AS allows, count(*) FILTER (WHERE due) AS due,
    count(*) FILTER (WHERE due AND NOT reported) AS unreported, count(*) FILTER (WHERE person) AS answered,
    count(*) FILTER (WHERE person AND refused) AS refused, count(*) FILTER (WHERE person AND complained) AS complained,
    count(*) FILTER (WHERE person AND ended AND NOT disclosed AND NOT refused
      AND (short OR (machine_voice AND NOT spoken))) AS abandoned,
    count(*) FILTER (WHERE person AND ended AND machine_voice) AS spoken,
    count(*) FILTER (WHERE person AND ended AND machine_voice AND NOT disclosed) AS undisclosed,
    0::bigint AS results, 0::bigint AS unmapped
  FROM judged GROUP BY campaign_id, vendor_id
), result AS (
  SELECT c.campaign_id, r.vendor_id, told.unmapped
  FROM vendor_results r
  JOIN LATERAL (
    SELECT max(o.call_id::text)::uuid AS call_id, bool_or(o.state = 'unmapped') AS unmapped
    FROM vendor_results every_one
    JOIN LATERAL (SELECT state, call_id FROM vendor_result_outcomes WHERE result_id = every_one.id
      ORDER BY attempt DESC LIMIT 1) o ON true
    WHERE every_one.vendor_id = r.vendor_id AND every_one.session_tag = r.session_tag
  ) told ON true
  JOIN calls c ON c.call_id = told.call_id
  WHERE r.id >= $1 AND r.id < $2 AND c.campaign_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM vendor_results earlier WHERE earlier.vendor_id = r.vendor_id
      AND earlier.session_tag = r.session_tag AND earlier.id < r.id)
    AND ($4::text IS NULL OR c.campaign_id = $4) AND ($5::text IS NULL OR r.vendor_id = $5)
), of_results AS (
  SELECT campaign_id, vendor_id, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint,
    0::bigint, count(*), count(*) FILTER (WHERE unmapped)
  FROM result GROUP BY campaign_id, vendor_id
), part AS (SELECT * FROM of_calls UNION ALL SELECT * FROM of_results)`;

const MEMBERS = [
  'allows',
  'due',
  'unreported',
  'answered',
  'refused',
  'complained',
  'abandoned',
  'spoken',
  'undisclosed',
  'results',
  'unmapped',
] as const;
const SUMS = MEMBERS.map((member) => `sum(${member})::int AS ${member}`).join(', ');

/** A part of a slice on top of those before it. */
const TALLY = `${FOLD}
INSERT INTO monitor_tallies AS m (slice, campaign_id, vendor_id, ${MEMBERS.join(', ')})
SELECT $6, campaign_id, vendor_id, ${SUMS} FROM part GROUP BY campaign_id, vendor_id
ON CONFLICT (slice, campaign_id, vendor_id) DO UPDATE
SET ${MEMBERS.map((member) => `${member} = m.${member} + excluded.${member}`).join(', ')}`;

/**
 * Slices that may have got more reports since they were tallied. A young one is tallied in each run; after that, when
 * talks have ended, when vendors report after the call, and when they report late.
 */
const DUE = `
SELECT (extract(epoch FROM s.slice) * 1000)::float8 AS slice
FROM generate_series($1::timestamptz, $2::timestamptz, interval '15 minutes') AS s (slice)
LEFT JOIN monitor_slices t ON t.slice = s.slice
WHERE t.slice IS NULL OR s.slice + interval '45 minutes' > $2 OR EXISTS (
  SELECT FROM unnest(ARRAY['75 minutes', '195 minutes', '1 day', '3 days']::interval[]) AS age
  WHERE t.tallied_at < s.slice + age AND s.slice + age <= $2)
ORDER BY (s.slice + interval '45 minutes' > $2) DESC, t.tallied_at NULLS FIRST, s.slice DESC LIMIT $3`;

/** Tallies of calls: derived from the calls and their reports, replaced whole, and never added to. */
@Injectable()
export class TalliesRepository {
  /** The slice of the oldest call that is kept, or of `floor` where that is later; undefined without any call. */
  async firstSlice(tx: Tx, floor: Instant): Promise<Instant | undefined> {
    const [row] = await tx.query<{ first: string | null }>({
      name: 'monitor-first-call',
      text: `
SELECT least((SELECT call_id FROM calls WHERE call_id >= $1 ORDER BY call_id LIMIT 1),
  (SELECT id FROM vendor_results WHERE id >= $1 ORDER BY id LIMIT 1))::text AS first`,
      values: [uuidV7Floor(floor)],
    });
    if (row === undefined || row.first === null) return undefined;
    return sliceOf(parseInt(row.first.slice(0, 8) + row.first.slice(9, 13), 16));
  }

  /** The young ones first; of those, and of the others, what was never tallied, the newest first; then whichever waits longest. */
  async dueSlices(tx: Tx, first: Instant, now: Instant, most: number): Promise<Instant[]> {
    const rows = await tx.query<{ slice: Instant }>({
      name: 'monitor-due-slices',
      text: DUE,
      values: [new Date(first), new Date(now), most],
    });
    return rows.map(({ slice }) => slice);
  }

  async tally(tx: Tx, slice: Instant, now: Instant): Promise<void> {
    const at = new Date(slice);
    await tx.query({
      name: 'monitor-forget',
      text: 'DELETE FROM monitor_tallies WHERE slice = $1',
      values: [at],
    });
    for (let from = slice; from < slice + SLICE; from += PART) {
      await tx.query({
        name: 'monitor-tally',
        text: TALLY,
        values: [...rangeValues({ from, to: from + PART }, now), at],
      });
    }
    await tx.query({
      name: 'monitor-tallied',
      text: `
INSERT INTO monitor_slices (slice, tallied_at) VALUES ($1, $2) ON CONFLICT (slice) DO UPDATE SET tallied_at = excluded.tallied_at`,
      values: [at, new Date(now)],
    });
  }

  /** Straight from the calls: of a part of a slice. */
  async fold(tx: Tx, range: TallyRange, now: Instant): Promise<TallyRow[]> {
    return tx.query<TallyRow>({
      name: 'monitor-fold',
      text: `${FOLD}
SELECT campaign_id AS "campaignId", vendor_id AS "vendorId", ${SUMS} FROM part GROUP BY campaign_id, vendor_id`,
      values: rangeValues(range, now),
    });
  }

  /** Whole slices; `to` is left out. */
  async sums(tx: Tx, { from, to, campaignId, vendorId }: TallyRange): Promise<TallyRow[]> {
    return tx.query<TallyRow>({
      name: 'monitor-sums',
      text: `
SELECT campaign_id AS "campaignId", vendor_id AS "vendorId", ${SUMS} FROM monitor_tallies
WHERE slice >= $1 AND slice < $2 AND ($3::text IS NULL OR campaign_id = $3) AND ($4::text IS NULL OR vendor_id = $4)
GROUP BY campaign_id, vendor_id`,
      values: [new Date(from), new Date(to), campaignId ?? null, vendorId ?? null],
    });
  }

  /** What no window reaches any more. */
  async forget(tx: Tx, before: Instant): Promise<void> {
    for (const table of ['monitor_tallies', 'monitor_slices']) {
      await tx.query({ text: `DELETE FROM ${table} WHERE slice < $1`, values: [new Date(before)] });
    }
  }
}

export const sliceOf = (at: Instant): Instant => Math.floor(at / SLICE) * SLICE;

/** The longest window, and a day for what is tallied late. */
export const KEPT = 744 * HOUR;

function rangeValues({ from, to, campaignId, vendorId }: TallyRange, now: Instant): unknown[] {
  return [uuidV7Floor(from), uuidV7Floor(to), new Date(now), campaignId ?? null, vendorId ?? null];
}
