/** What an SMS of a customer can mean; what each must lead to is in README.md. */
export type SmsLabel = 'opt_out' | 'opt_in' | 'help' | 'wrong_person' | 'other';

/** What a customer can say during a call. */
export type SpeechLabel =
  | 'refuse_permanent'
  | 'refuse_now'
  | 'not_interested'
  | 'human_request'
  | 'ai_question'
  | 'wrong_person'
  | 'vulnerable'
  | 'complaint_threat'
  | 'continue';

/** A moment that the speaker named for a next call. */
export type Later = { afterMinutes: number } | { atLocal: { dayOffset: number; minutes: number } };

/** What was understood. A text is data: nothing in it can steal this shape. */
export interface Heard<L> {
  label: L;
  /** Labels that are true as well, whose duties apply too. */
  also: L[];
  /** BCP 47 tag of the answer's language, from script and words, else the hint. */
  language: string;
  /** How far the customer's own words reach, when they are narrower than everything. */
  reach?: 'voice' | 'sms';
  /** Whole minutes from now or local wall time that the speaker named, when one did. */
  later?: Later;
  /** Ids of the rules that spoke, for the record. */
  rules: string[];
}

/** Where a message comes from, when that is known: it decides keywords that only one country uses. */
export interface Hint {
  /** ISO 3166-1 alpha-2. */
  country?: string;
  /** BCP 47. */
  language?: string;
}
