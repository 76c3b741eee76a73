import type { SpeechLabel } from '../recognition/labels';
import type { ReportType } from '../call/report';
import { HOUR, type Instant, SECOND } from '../time/instant';
import { CALL_MEANINGS, type CallMeaning, type Meaning } from './mapping';
import type { ReadResult } from './read-result';

/** What a late result proves of the call, as it could have been reported at the time. */
export type ProvenEvent =
  | { type: 'not_placed' | 'answered' | 'human_requested' | 'transferred'; at: Instant }
  | { type: 'machine_detected'; at: Instant; kind: 'voicemail' }
  | { type: 'failed'; at: Instant; cause: string }
  | { type: 'ended'; at: Instant; seconds?: number };

/** The call's life: reports of other times are not taken (SHAPES, "Events"). */
export interface CallLife {
  decidedAt: Instant;
  now: Instant;
  /** Told already, by whomever. */
  told: ReadonlySet<ReportType>;
}

const TOLERANCE = 5 * SECOND;
/** A call that nobody ended is taken to be over by then (RULINGS 4). */
const LONGEST_SILENCE = 2 * HOUR;
const UNANSWERED: readonly CallMeaning[] = ['no_answer', 'busy', 'failed'];

/** What was told already is not told again, and a call that was taken up is not undone by a word. */
export function provenEvents(
  read: ReadResult,
  labels: readonly SpeechLabel[],
  life: CallLife,
): ProvenEvent[] {
  const meant = read.labels.flatMap((label) => label.meanings ?? []).filter(isOfCall);
  const { startedAt, answeredAt, endedAt } = timesWithin(read, life);
  const machine = meant.includes('voicemail');
  const takenUp = machine || isTakenUp(read, meant);
  const proven: ProvenEvent[] = [];
  if (takenUp) {
    proven.push(
      machine
        ? { type: 'machine_detected', at: answeredAt, kind: 'voicemail' }
        : { type: 'answered', at: answeredAt },
    );
    if (labels.includes('human_request')) proven.push({ type: 'human_requested', at: answeredAt });
    if (read.transferred) proven.push({ type: 'transferred', at: endedAt });
    const seconds = read.seconds === undefined ? {} : { seconds: read.seconds };
    proven.push({ type: 'ended', at: endedAt, ...seconds });
  } else if (!life.told.has('answered') && !life.told.has('ended')) {
    const cause = UNANSWERED.find((meaning) => meant.includes(meaning));
    if (cause !== undefined) proven.push({ type: 'failed', at: startedAt, cause });
    else if (meant.includes('not_placed')) proven.push({ type: 'not_placed', at: startedAt });
  }
  return proven.filter(({ type }) => !life.told.has(type));
}

/**
 * The latest moment at which the customer can have said something in the call: what was said later counts more
 * (RULINGS 19), and where nobody knows, the refusal must be the later word.
 */
export function saidBy(read: ReadResult, life: Omit<CallLife, 'told'>): Instant {
  const { decidedAt, now } = life;
  const known = [read.endedAt, read.startedAt === undefined ? undefined : read.startedAt + LONGEST_SILENCE];
  const at = known.find((time) => time !== undefined && time >= decidedAt) ?? decidedAt + LONGEST_SILENCE;
  return Math.min(at, now);
}

/** Somebody spoke, or the vendor says so; of a voice that spoke to itself the vendor's word decides. */
function isTakenUp(read: ReadResult, meant: readonly Meaning[]): boolean {
  if (meant.includes('answered') || read.transferred) return true;
  if (read.lines.some((line) => line.speaker !== 'agent')) return true;
  return read.lines.length > 0 && meant.length === 0;
}

/** A time outside the call's life is a mistake of clock or zone, and would make an honest call a late one. */
function timesWithin(
  read: ReadResult,
  { decidedAt, now }: CallLife,
): Required<Pick<ReadResult, 'startedAt' | 'answeredAt' | 'endedAt'>> {
  const within = (at: Instant | undefined): Instant | undefined =>
    at !== undefined && at >= decidedAt - TOLERANCE && at <= now + TOLERANCE ? at : undefined;
  const startedAt = within(read.startedAt) ?? decidedAt;
  const answeredAt = within(read.answeredAt) ?? startedAt;
  const length = (read.seconds ?? 0) * SECOND;
  const endedAt = within(read.endedAt) ?? within(answeredAt + length) ?? answeredAt;
  return { startedAt, answeredAt, endedAt };
}

const isOfCall = (meaning: Meaning): meaning is CallMeaning =>
  (CALL_MEANINGS as readonly string[]).includes(meaning);
