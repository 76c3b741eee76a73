import { type FoldedCall } from './call-state';
import type { Report, ReportType } from './report';

export const DIRECTIVE_TYPES = [
  'end_call',
  'transfer_to_human',
  'play_disclosure',
  'confirm_opt_out',
] as const;
export interface Directive {
  type: (typeof DIRECTIVE_TYPES)[number];
  reason: string;
}

export const REFUSAL_KINDS = ['refuse_permanent', 'refuse_now', 'not_interested'] as const;
export type RefusalKind = (typeof REFUSAL_KINDS)[number];

/** What a report is heard as: a key or a word may be a refusal, whatever its type says. */
export interface Heard {
  type: ReportType;
  refusal?: RefusalKind;
}

/**
 * The opt-out key counts when it is all that was pressed, once or several times: a nine inside an account number is
 * not a refusal.
 */
export function isOptOutKey(digits: string, key: string): boolean {
  const pressed = digits.replace(/#$/, '');
  return pressed.length > 0 && pressed.split('').every((digit) => digit === key);
}

/** What the voice must do now, having heard this report (API.md; OPTOUT.md for the order of a refusal). */
export function directivesFor(heard: Heard, call: FoldedCall, disclosureRequired: boolean): Directive[] {
  if (isOver(call.reports)) return [];
  if (heard.refusal === 'refuse_permanent') {
    return [
      { type: 'confirm_opt_out', reason: 'The customer does not want to be called again.' },
      { type: 'end_call', reason: 'The customer refused.' },
    ];
  }
  if (heard.refusal !== undefined) return [{ type: 'end_call', reason: 'The customer declined this call.' }];
  const standing = standingDirectives(call);
  if (standing.length > 0) return standing;
  if (heard.type === 'human_requested') {
    return [{ type: 'transfer_to_human', reason: 'The customer asked for a person.' }];
  }
  const played = call.reports.some((report) => report.type === 'disclosure_played');
  if (heard.type === 'answered' && disclosureRequired && !played) {
    return [
      { type: 'play_disclosure', reason: 'The call begins with the disclosure that a machine speaks.' },
    ];
  }
  return [];
}

/** What holds whatever comes next: a call that may not go on must end. */
export function standingDirectives(call: FoldedCall): Directive[] {
  if (isOver(call.reports) || !call.reports.some(isUnderWay)) return [];
  if (call.reports.some((report) => report.flags.includes('UNAUTHORIZED_CALL'))) {
    return [{ type: 'end_call', reason: 'This call was not authorized.' }];
  }
  if (call.reports.some((report) => report.flags.includes('REFUSED'))) {
    return [{ type: 'end_call', reason: 'The customer refused.' }];
  }
  if (call.slot?.voidedAt !== undefined) {
    return [{ type: 'end_call', reason: 'The authorization of this call was withdrawn.' }];
  }
  return [];
}

const isOver = (reports: readonly Report[]): boolean =>
  reports.some((report) => report.effective && (report.type === 'ended' || report.type === 'failed'));

const isUnderWay = (report: Report): boolean => report.effective && report.type !== 'not_placed';
