import { Injectable } from '@nestjs/common';
import { createHash, createHmac } from 'node:crypto';
import type { Report, ReportFlag, ReportType } from '../../domain/call/report';
import { canonicalJson } from '../../domain/ledger/canonical-json';
import type { SpeechLabel } from '../../domain/recognition/labels';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import { derivedKey } from '../../platform/keys/derived-key';
import { Keyring } from '../../platform/keys/keyring';
import type { CallReport } from './calls.dto';

/** A report as history holds it. What was said or recorded is in the sealed event. */
export interface StoredReport extends Report {
  eventId: string;
  recordedAt: Instant;
  code: string | null;
  seconds: number | null;
}

const COLUMNS = `event_id AS "eventId", type, effective, flags, code, seconds,
  (extract(epoch FROM at) * 1000)::float8 AS at, (extract(epoch FROM recorded_at) * 1000)::float8 AS "recordedAt"`;

/** What a report is known again by. */
export interface ReportTags {
  tag: Buffer;
  /** Of rows that were written before the tags were keyed. */
  former: Buffer;
}

/** Reports of what became of calls; appended, never changed. */
@Injectable()
export class CallReportsRepository {
  private readonly key: Buffer;

  constructor(keyring: Keyring) {
    this.key = derivedKey(keyring.answerKey, 'calls/reports/v1');
  }

  /**
   * The same report twice is one. Its own `eventId` is part of the body: an id used again for something else is another
   * report, so that a refusal can never hide behind the number of an event before it. Keyed, because whoever reads the
   * table could try out every pressed key and short word.
   */
  tagsOf(report: CallReport): ReportTags {
    const body = canonicalJson(report);
    return {
      tag: createHmac('sha256', this.key).update(body, 'utf8').digest(),
      former: createHash('sha256').update(body, 'utf8').digest(),
    };
  }

  /** In order of arrival. */
  async ofCall(tx: Tx, callId: string): Promise<StoredReport[]> {
    const rows = await tx.query<StoredReport>({
      name: 'call-reports',
      text: `SELECT ${COLUMNS} FROM call_events WHERE call_id = $1 ORDER BY recorded_at, event_id`,
      values: [callId],
    });
    return rows.map((row) => ({ ...row, heard: heardIn(row) }));
  }

  /** Of each call in order of arrival; none where nothing was reported. */
  async ofCalls(tx: Tx, callIds: readonly string[]): Promise<Map<string, StoredReport[]>> {
    const rows = await tx.query<StoredReport & { callId: string }>({
      name: 'call-reports-of-many',
      text: `SELECT call_id AS "callId", ${COLUMNS}
FROM call_events WHERE call_id = ANY ($1::uuid[]) ORDER BY recorded_at, event_id`,
      values: [callIds],
    });
    const reports = new Map<string, StoredReport[]>();
    for (const { callId, ...row } of rows) {
      const ofCall = reports.get(callId) ?? [];
      ofCall.push({ ...row, heard: heardIn(row) });
      reports.set(callId, ofCall);
    }
    return reports;
  }

  /** For a call that no subject's lock stands for: one report of it at a time. */
  async lockCall(tx: Tx, callId: string): Promise<void> {
    await tx.query({
      name: 'call-report-lock',
      text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
      values: [`call-report/${callId}`],
    });
  }

  /** The event of a report that was taken before. */
  async find(tx: Tx, callId: string, { tag, former }: ReportTags): Promise<string | undefined> {
    const [row] = await tx.query<{ eventId: string }>({
      name: 'call-report-known',
      text: 'SELECT event_id AS "eventId" FROM call_events WHERE call_id = $1 AND dedupe = ANY ($2::bytea[])',
      values: [callId, [tag, former]],
    });
    return row?.eventId;
  }

  /** The caller holds the subject's lock, or the call's own. */
  async append(
    tx: Tx,
    report: {
      callId: string;
      dedupe: Buffer;
      eventId: string;
      type: ReportType;
      at: Instant;
      recordedAt: Instant;
      code: string | null;
      seconds: number | null;
      effective: boolean;
      flags: readonly ReportFlag[];
    },
  ): Promise<void> {
    await tx.query({
      name: 'call-report-append',
      text: `
INSERT INTO call_events (call_id, dedupe, event_id, type, at, recorded_at, code, seconds, effective, flags)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      values: [
        report.callId,
        report.dedupe,
        report.eventId,
        report.type,
        new Date(report.at),
        new Date(report.recordedAt),
        report.code,
        report.seconds,
        report.effective,
        report.flags,
      ],
    });
  }
}

/** What the customer was heard to say in a report, as its code and its flags keep it. */
export function heardIn({ type, code, flags }: Pick<StoredReport, 'type' | 'code' | 'flags'>): SpeechLabel[] {
  if (type === 'transcript') return code === null ? [] : (code.split(' ') as SpeechLabel[]);
  if (type === 'human_requested') return ['human_request'];
  if (type === 'refused') return [(code ?? 'refuse_permanent') as SpeechLabel];
  return flags.includes('REFUSED') ? ['refuse_permanent'] : [];
}
