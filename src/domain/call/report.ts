import type { SpeechLabel } from '../recognition/labels';
import type { Instant } from '../time/instant';

/** What may be told of a call (API.md, "During and after the call"). */
export const REPORT_TYPES = [
  'placed',
  'not_placed',
  'ringing',
  'answered',
  'machine_detected',
  'disclosure_played',
  'transcript',
  'dtmf',
  'refused',
  'human_requested',
  'transferred',
  'recording',
  'failed',
  'ended',
] as const;
export type ReportType = (typeof REPORT_TYPES)[number];

/** Reports that only a call somebody or something took up can have. */
const IMPLIES_ANSWERED: ReadonlySet<ReportType> = new Set([
  'answered',
  'machine_detected',
  'disclosure_played',
  'transcript',
  'dtmf',
  'refused',
  'human_requested',
  'transferred',
  'recording',
]);

/** A call that lasted was taken up, whatever else was reported of it. */
export const impliesAnswered = ({ type, seconds }: Pick<Report, 'type' | 'seconds'>): boolean =>
  IMPLIES_ANSWERED.has(type) || (type === 'ended' && (seconds ?? 0) > 0);

/** `REFUSED` marks the report in which a refusal was heard, whatever its type. */
export const REPORT_FLAGS = [
  'REFUSED',
  'UNAUTHORIZED_CALL',
  'CONTRADICTION',
  'LATE_NOT_PLACED',
  'FOREIGN_CLIENT',
] as const;
export type ReportFlag = (typeof REPORT_FLAGS)[number];

/** A report as the fold sees it. */
export interface Report {
  type: ReportType;
  at: Instant;
  /** When we learned of it. */
  recordedAt?: Instant;
  /** False where it contradicts an earlier report and changes nothing. */
  effective: boolean;
  flags: readonly ReportFlag[];
  /** Of `ended` and `recording`: how long anybody spoke. */
  seconds?: number | null;
  /** What the customer was heard to say in it, the main thing first. */
  heard?: readonly SpeechLabel[];
}

export interface JudgedReport {
  effective: boolean;
  flags: ReportFlag[];
}
