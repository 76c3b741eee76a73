import { Injectable } from '@nestjs/common';
import type { Report, ReportFlag, ReportType } from '../../domain/call/report';
import type { SpeechLabel } from '../../domain/recognition/labels';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';

/** A report as history holds it. What was said or recorded is in the sealed event. */
export interface StoredReport extends Report {
  eventId: string;
  recordedAt: Instant;
  code: string | null;
  seconds: number | null;
}

/** Reports of what became of calls; appended, never changed. */
@Injectable()
export class CallReportsRepository {
  /** In order of arrival. */
  async ofCall(tx: Tx, callId: string): Promise<StoredReport[]> {
    const rows = await tx.query<StoredReport>({
      name: 'call-reports',
      text: `
SELECT event_id AS "eventId", type, effective, flags, code, seconds,
  (extract(epoch FROM at) * 1000)::float8 AS at, (extract(epoch FROM recorded_at) * 1000)::float8 AS "recordedAt"
FROM call_events WHERE call_id = $1 ORDER BY recorded_at, event_id`,
      values: [callId],
    });
    return rows.map((row) => ({ ...row, heard: heardIn(row) }));
  }

  /** For a call that no subject's lock stands for: one report of it at a time. */
  async lockCall(tx: Tx, callId: string): Promise<void> {
    await tx.query({
      name: 'call-report-lock',
      text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
      values: [`call-report/${callId}`],
    });
  }

  async isKnown(tx: Tx, callId: string, dedupe: Buffer): Promise<boolean> {
    const rows = await tx.query({
      name: 'call-report-known',
      text: 'SELECT 1 FROM call_events WHERE call_id = $1 AND dedupe = $2',
      values: [callId, dedupe],
    });
    return rows.length > 0;
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
