import type { SpeechLabel } from '../recognition/labels';

export const REFUSAL_KINDS = ['refuse_permanent', 'refuse_now', 'not_interested'] as const;
export type RefusalKind = (typeof REFUSAL_KINDS)[number];

export const isRefusal = (label: SpeechLabel): label is RefusalKind =>
  (REFUSAL_KINDS as readonly string[]).includes(label);

/**
 * Where one "no thanks" is final: a seller who was turned down may not solicit again (Japan, Act on Specified Commercial
 * Transactions, Art. 17; Taiwan, Personal Data Protection Act, Art. 20). RULINGS 23 names both; no pack of theirs is
 * here yet that could say it.
 */
const FINAL_AT_FIRST_REFUSAL: ReadonlySet<string> = new Set(['JP', 'TW']);

const PAUSES = ['refuse_now', 'not_interested'] as const;
export type Pause = (typeof PAUSES)[number];

/** What something said during a call obliges us to, beside what the voice is told (OPTOUT.md, "Speech"). */
export interface Duties {
  /** Never again, for this institution. */
  stop: boolean;
  /** Not for a while. Each counts by itself, so that neither shortens the other. */
  pauses: Pause[];
  wrongPerson: boolean;
  vulnerable: boolean;
  complaint: boolean;
}

/** Everything that is true binds, whichever of it is the main thing. `country` is the number's. */
export function dutiesOf(labels: readonly SpeechLabel[], country?: string): Duties {
  const final = labels.includes('not_interested') && FINAL_AT_FIRST_REFUSAL.has(country ?? '');
  return {
    stop: labels.includes('refuse_permanent') || final,
    pauses: PAUSES.filter((pause) => labels.includes(pause)),
    wrongPerson: labels.includes('wrong_person'),
    vulnerable: labels.includes('vulnerable'),
    complaint: labels.includes('complaint_threat'),
  };
}

/**
 * What becomes of the call by what was said alone. A demand to stop ends it without a transfer, and so does a stranger.
 * `care`: nothing may be sold any more, and it ends unless a person was asked for. Else a wish for a person is honoured
 * where it is the main thing.
 */
export function upshotOf(labels: readonly SpeechLabel[]): 'end' | 'care' | 'transfer' | 'go on' {
  if (labels.includes('refuse_permanent') || labels.includes('wrong_person')) return 'end';
  const human = labels.includes('human_request');
  const refused = labels.some(isRefusal);
  if (needsCare(labels) && (human || !refused)) return 'care';
  if (human && labels[0] === 'human_request') return 'transfer';
  return refused ? 'end' : 'go on';
}

/** The person is not to be sold anything until somebody has looked. */
export const needsCare = (labels: readonly SpeechLabel[]): boolean =>
  labels.includes('vulnerable') || labels.includes('complaint_threat');
