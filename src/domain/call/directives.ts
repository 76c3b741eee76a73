import type { SpeechLabel } from '../recognition/labels';
import { SECOND } from '../time/instant';
import type { CallStop, FoldedCall } from './call-state';
import { needsCare, upshotOf } from './duties';
import { impliesAnswered, type Report, type ReportType } from './report';

export const DIRECTIVE_TYPES = [
  'end_call',
  'transfer_to_human',
  'play_disclosure',
  'confirm_opt_out',
] as const;
export interface Directive {
  type: (typeof DIRECTIVE_TYPES)[number];
  reason: string;
  /** Of `confirm_opt_out`: the sentence to say, in the language of the call. */
  text?: string;
}

/** A report as it is answered: a key or a word may be a refusal, whatever its type says. */
export interface Heard {
  type: ReportType;
  /** What the customer said in it, the main thing first. */
  labels?: readonly SpeechLabel[];
  /** What confirms a permanent refusal. */
  confirmation?: string;
}

/**
 * The opt-out key counts when it is all that was pressed, once or several times: a nine inside an account number is
 * not a refusal.
 */
export function isOptOutKey(digits: string, key: string): boolean {
  const pressed = digits.replace(/#$/, '');
  return pressed.length > 0 && pressed.split('').every((digit) => digit === key);
}

/**
 * What the voice must do now, having heard this report (API.md; OPTOUT.md for the order). The question for a machine is
 * answered first and truthfully, then a refusal is confirmed, then the call ends or goes to a person. `call` holds the
 * report already, so the same report is answered alike whenever it comes again, until the call is over.
 */
export function directivesFor(heard: Heard, call: FoldedCall, disclosureRequired: boolean): Directive[] {
  if (isOver(call.reports)) return [];
  const { labels = [], confirmation } = heard;
  const directives: Directive[] = [];
  if (labels.includes('ai_question')) {
    directives.push({ type: 'play_disclosure', reason: 'The customer asked whether a machine speaks.' });
  }
  if (labels.includes('refuse_permanent')) {
    directives.push({
      type: 'confirm_opt_out',
      reason: 'The customer does not want to be called again.',
      ...(confirmation === undefined ? {} : { text: confirmation }),
    });
  }
  const upshot = upshotOf(labels);
  if (upshot === 'end') return [...directives, endOf(labels)];
  const standing = standingDirectives(call);
  if (standing.length > 0) return [...directives, ...standing];
  if (upshot === 'transfer') {
    return [...directives, { type: 'transfer_to_human', reason: 'The customer asked for a person.' }];
  }
  const played = call.reports.some((report) => report.type === 'disclosure_played');
  if (heard.type === 'answered' && disclosureRequired && !played) {
    directives.push({
      type: 'play_disclosure',
      reason: 'The call begins with the disclosure that a machine speaks.',
    });
  }
  return directives;
}

/**
 * What holds whatever comes next: a call that may not go on must end. Where selling must stop because of how the person
 * is or what the person threatens, a person may take over who was asked for; a refusal ends that, too.
 */
export function standingDirectives(call: FoldedCall): Directive[] {
  const { reports } = call;
  if (isOver(reports) || !reports.some(isUnderWay)) return [];
  if (reports.some((report) => report.flags.includes('UNAUTHORIZED_CALL'))) {
    return [{ type: 'end_call', reason: 'This call was not authorized.' }];
  }
  if (reports.some((report) => report.flags.includes('REFUSED'))) {
    return [{ type: 'end_call', reason: 'The customer refused.' }];
  }
  if (reports.some((report) => report.heard?.includes('wrong_person') === true)) {
    return [{ type: 'end_call', reason: WRONG_PERSON }];
  }
  if (call.slot?.voidedAt !== undefined || isStopped(call)) return [WITHDRAWN];
  return reports.some((report) => needsCare(report.heard ?? [])) ? careOf(reports) : [];
}

/** The same whoever withdrew it: a dialer learns no more than that (API.md, "Deciding"). */
export const WITHDRAWN: Directive = Object.freeze({
  type: 'end_call',
  reason: 'The authorization of this call was withdrawn.',
});

/**
 * Whether a stop ends this call, or keeps it from being placed. A call that nobody reported is one as long as its
 * authorization lived when the stop came, or where a carrier has redeemed it.
 */
export function isEndedByStop(call: FoldedCall): boolean {
  const { reports, slot, stops = [], expiresAt = -Infinity } = call;
  if (isOver(reports)) return false;
  if (reports.some(isUnderWay)) return isStopped(call);
  if (reports.some((report) => report.effective)) return false;
  return slot?.redeemedAt !== undefined
    ? isStopped(call)
    : stops.some(({ recordedAt }) => recordedAt < expiresAt);
}

const isStopped = ({ reports, stops = [] }: FoldedCall): boolean =>
  stops.some((stop) => stop.live === 'end' || !wasAnsweredBefore(stop, reports));

/** A report is on its way for no longer, so what reaches us later about the time before a stop is not believed. */
const ON_ITS_WAY = 5 * SECOND;

/** What was answered by the time of the stop may finish where the stop says so. */
const wasAnsweredBefore = (stop: CallStop, reports: readonly Report[]): boolean =>
  reports.some(
    ({ effective, at, recordedAt = Infinity, ...report }) =>
      effective &&
      impliesAnswered(report) &&
      at <= stop.recordedAt &&
      recordedAt <= stop.recordedAt + ON_ITS_WAY,
  );

/** Nothing is sold any more; a person who was asked for takes over, and has the call once it was transferred. */
function careOf(reports: readonly Report[]): Directive[] {
  if (reports.some((report) => report.effective && report.type === 'transferred')) return [];
  const wanted = reports.some((report) => report.heard?.includes('human_request') === true);
  return wanted
    ? [{ type: 'transfer_to_human', reason: 'Nothing may be sold now, and the customer asked for a person.' }]
    : [{ type: 'end_call', reason: 'Nothing may be sold to this customer now.' }];
}

const WRONG_PERSON = 'The customer is not reached by this number. Say nothing about the customer.';

function endOf(labels: readonly SpeechLabel[]): Directive {
  if (labels.includes('wrong_person')) return { type: 'end_call', reason: WRONG_PERSON };
  const stopped = labels.includes('refuse_permanent');
  return { type: 'end_call', reason: stopped ? 'The customer refused.' : 'The customer declined this call.' };
}

const isOver = (reports: readonly Report[]): boolean =>
  reports.some((report) => report.effective && (report.type === 'ended' || report.type === 'failed'));

const isUnderWay = (report: Report): boolean => report.effective && report.type !== 'not_placed';
