import type { Force } from '../policy/pack';
import type { Instant } from '../time/instant';
import type { ReasonCode } from './reason-codes';

/** What one rule said of one call. All are kept with the decision, not only the objections. */
export interface RuleVerdict {
  rule: string;
  result: 'passed' | 'objected' | 'not_applicable' | 'not_evaluated';
  code?: ReasonCode;
  /** For people; excluded from replay comparison (RULINGS 10). Never holds a phone number. */
  detail?: string;
  /** The citation, or which promise of the gateway the rule keeps. */
  source: string;
  /** The gateway's own checks (`engine-…`) cite no law and are `default`; no override loosens them all the same. */
  force: Force;
  /** The first instant at which this objection alone would be gone; absent where time does not lift it. */
  until?: Instant;
  /** The asker can mend it, and it says nothing about the called person: all that a vendor may read (API.md). */
  fault?: 'request';
}

/** An objection as it is answered. */
export interface Reason {
  code: ReasonCode;
  rule: string;
  detail: string;
  source: string;
  force: Force;
  until?: Instant;
  fault?: 'request';
}

export interface Candidate {
  jurisdiction: string;
  timeZone: string;
  from: 'number' | 'subdivision' | 'timeZone' | 'person';
}

export interface Obligations {
  aiDisclosure: { required: boolean; text: string; source: string };
  identify: string[];
  recordingNotice: boolean;
  optOut: ('speech' | 'dtmf')[];
  humanTransfer: boolean;
}

/** The answer of the pure decision. The same facts and policy give the same value, byte for byte (promise 7). */
export interface Decision {
  outcome: 'allow' | 'deny' | 'defer';
  reasons: Reason[];
  verdicts: RuleVerdict[];
  candidates: Candidate[];
  /** With `defer` only: the first whole second at which nothing but time stands in the way (RULINGS 9). */
  notBefore?: Instant;
  /** With `defer` only: what a vendor learns instead of `notBefore`, made from nothing about the person. */
  notBeforeCoarse?: Instant;
  /** With `allow` only: end of the authorization (RULINGS 6). */
  expiresAt?: Instant;
  /** With `allow` only. */
  obligations?: Obligations;
}
