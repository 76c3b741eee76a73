import type {
  AgeBand,
  CallerIdClass,
  Channel,
  ConsentPurpose,
  ProductRisk,
  Purpose,
  Voice,
} from '../decision/purpose';
import type { ConsentAttributes } from '../decision/facts';
import type { HoursOfDays } from '../time/week-hours';

/** How binding a rule is (rules/cn.md, "Force codes", folded into the five words a pack knows). */
export type Force = 'law' | 'rule' | 'norm' | 'convention' | 'default';

export interface Citation {
  instrument: string;
  article?: string;
  /** Calendar dates `YYYY-MM-DD` in the pack's own zones; the rule binds on both of them and on every day between. */
  effectiveFrom: string;
  effectiveUntil?: string;
  readOn: string;
  where?: string;
}

/** Which calls a rule looks at, beyond its purposes. Absent members do not restrict. */
export interface RuleCondition {
  voices?: Voice[];
  productRisks?: ProductRisk[];
  sharesData?: boolean;
  usesSensitiveData?: boolean;
}

interface RuleHead {
  id: string;
  summary: string;
  purposes: Purpose[];
  force: Force;
  confidence: 'high' | 'medium' | 'low';
  citation: Citation;
  reviewBy: string;
  when?: RuleCondition;
}

export interface WindowRule extends RuleHead {
  kind: 'window';
  values: { open: HoursOfDays[] };
}
export interface HolidaysRule extends RuleHead {
  kind: 'holidays';
  values: { calendar: string };
}
export interface CapRule extends RuleHead {
  kind: 'cap';
  values: {
    count: 'attempts' | 'answered';
    limit: number;
    /** Which past calls count; a marketing cap counts marketing calls of every campaign and vendor. */
    counts: Purpose[];
  } & (
    | {
        /** ISO 8601 duration of fixed length, counted in seconds back from the call. */
        rolling: string;
        calendar?: never;
      }
    | {
        /** Runs in the called person's zone; weeks start on Monday. */
        calendar: 'day' | 'week' | 'month';
        rolling?: never;
      }
  );
}
export interface CooldownRule extends RuleHead {
  kind: 'cooldown';
  values: {
    after: 'refuse_now' | 'not_interested' | 'consent_refused';
    /** ISO 8601; after `consent_refused` also `person_acts`: never, until the person consents unasked. */
    duration: string;
  };
}
export interface ConsentRule extends RuleHead {
  kind: 'consent';
  values: {
    /** `campaign` asks for the campaign's own purpose. */
    purpose: 'campaign' | ConsentPurpose;
    channels: Channel[];
    required: (keyof ConsentAttributes)[];
    disqualifying: (keyof ConsentAttributes)[];
    /** ISO 8601 duration after which a consent has lapsed, whatever it says itself. */
    maxAge?: string;
  };
}
export interface RegistryRule extends RuleHead {
  kind: 'registry';
  values: { registryId: string; maxAgeDays: number; liftedBy?: (keyof ConsentAttributes)[] };
}
export interface AiDisclosureRule extends RuleHead {
  kind: 'ai_disclosure';
  values: { placement: 'opening' | 'per_turn'; text: string };
}
export interface AiBarredRule extends RuleHead {
  kind: 'ai_barred';
  values: Record<string, never>;
}
export interface ObligationRule extends RuleHead {
  kind: 'obligation';
  values: {
    identify?: string[];
    recordingNotice?: boolean;
    optOut?: ('speech' | 'dtmf')[];
    humanTransfer?: boolean;
  };
}
export interface CallerIdRule extends RuleHead {
  kind: 'caller_id';
  values: { denyClasses: CallerIdClass[] };
}
export interface RetentionRule extends RuleHead {
  kind: 'retention';
  values: { record: string; minimum: string };
}
export interface HumanFirstRule extends RuleHead {
  kind: 'human_first';
  values: { ageBand: AgeBand; effect: 'human_required' | 'barred' };
}

export type Rule =
  | WindowRule
  | HolidaysRule
  | CapRule
  | CooldownRule
  | ConsentRule
  | RegistryRule
  | AiDisclosureRule
  | AiBarredRule
  | ObligationRule
  | CallerIdRule
  | RetentionRule
  | HumanFirstRule;
export type RuleKind = Rule['kind'];

export interface Calendar {
  id: string;
  jurisdiction: string;
  /** A year that is not here is RULE_DATA_MISSING, never "no holidays" (RULINGS 11). */
  years: Record<string, { dates: string[]; workdays: string[]; source: string; readOn: string }>;
}

/** The law of one place as data. An overlay (`parent`) adds its rules to those of the pack it narrows. */
export interface Pack {
  id: string;
  version: string;
  /** ISO 3166-1 alpha-2, or ISO 3166-2 for an overlay. */
  jurisdiction: string;
  parent?: string;
  /** `pending`: the country is known and its rules are not here yet; every call is RULE_DATA_MISSING. */
  status: 'complete' | 'pending';
  /** All zones of the place: where nothing says which one a person lives in, all of them apply. */
  timeZones: string[];
  /** Purposes this pack has an answer for; any other is PURPOSE_NOT_ALLOWED. */
  purposes: Purpose[];
  /** Consents granted before the last opt-out in its scope no longer count (RULINGS 19). */
  optOutRevokesConsent: boolean;
  onSessionLoss: 'end' | 'continue';
  /**
   * `person_acts`: never re-ask after a "no"; otherwise an ISO 8601 duration (RULINGS 23). What the bank is told to
   * keep to on every channel; calls are refused by the rule of kind `cooldown` that says the same.
   */
  reaskConsentAfter: string;
  rules: Rule[];
}
