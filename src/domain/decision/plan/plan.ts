import { consentCheck, consentUnionCheck, demandOf, type PlacedDemand } from '../../consent/consent-check';
import { refusedConsentCheck } from '../../consent/refused-consent';
import { capCheck } from '../../frequency/cap';
import { cooldownCheck } from '../../frequency/cooldown';
import { oneCallCheck } from '../../frequency/one-call';
import type { Calendar, Rule } from '../../policy/pack';
import type { Place } from '../../policy/place';
import type { PlacedRule } from './placed-rules';
import { preferenceChecks } from '../../suppression/preferences';
import { registryCheck } from '../../suppression/registry';
import { stopsCheck } from '../../suppression/stops';
import { wishesCheck } from '../../suppression/wishes';
import { findZone, type Zone } from '../../time/zones';
import { ruleStamp, sourceText, type Check, type RuleStamp } from '../checks/check';
import { aiBarredCheck } from '../checks/ai-barred';
import { callerIdClassCheck } from '../checks/caller-id-class';
import { campaignCheck, scriptCheck, vendorCheck, voiceCheck } from '../checks/campaign';
import { holidaysCheck } from '../checks/holidays';
import { humanFirstCheck } from '../checks/human-first';
import { numberCheck } from '../checks/number';
import type { DutyRule } from '../checks/obligations';
import { placeChecks, purposeChecks } from '../checks/place';
import { registeredCallerIdCheck } from '../checks/registered-caller-id';
import { windowCheck } from '../checks/window';
import { conditional } from '../checks/condition';
import type { DecisionFacts } from '../facts';
import type { Purpose } from '../purpose';

/** Everything that judges calls of one purpose in one place while the same rules are in force. */
export interface Plan {
  /** Judged whatever else is known, so that a request learns all of its faults at once. */
  always: readonly Check<DecisionFacts>[];
  /** Judged when the campaign is known. */
  known: readonly Check[];
  /** Rules that object to nothing and oblige. */
  duties: readonly DutyRule[];
}

/** Checks that need no law. */
const ENGINE_CHECKS: readonly Check[] = [
  vendorCheck,
  voiceCheck,
  scriptCheck,
  registeredCallerIdCheck,
  wishesCheck,
];

/** Without a campaign there is no purpose, and without a purpose no rule. */
export function planWithoutCampaign(place: Place): Plan {
  return {
    always: [numberCheck, ...placeChecks(place), campaignCheck, stopsCheck, oneCallCheck],
    known: ENGINE_CHECKS,
    duties: [],
  };
}

/** `rules` are those in force that bind the purpose. */
export function planOf(
  place: Place,
  rules: readonly PlacedRule[],
  purpose: Purpose,
  calendars: ReadonlyMap<string, Calendar>,
): Plan {
  const known: Check[] = [];
  const duties: DutyRule[] = [];
  const demands: PlacedDemand[] = [];
  const revokedByOptOut = place.packs.some(({ pack }) => pack.optOutRevokesConsent);
  for (const placed of rules) {
    const { rule, zones } = placed;
    if (rule.kind === 'retention') continue;
    if (rule.kind === 'ai_disclosure' || rule.kind === 'obligation') {
      duties.push(rule);
      continue;
    }
    const stamp = stampOf(placed);
    if (rule.kind === 'consent') {
      const demand = demandOf(rule, purpose, zones, revokedByOptOut);
      demands.push({ rule, demand });
      known.push(conditional(consentCheck(rule, stamp, demand), rule.when));
    } else {
      known.push(
        conditional(checkOf(rule, stamp, zones, { purpose, revokedByOptOut, calendars }), rule.when),
      );
    }
  }
  const base = planWithoutCampaign(place);
  return {
    always: [...base.always, ...purposeChecks(place, purpose)],
    known: [
      ...ENGINE_CHECKS,
      ...preferenceChecks(zonesOf(place), purpose),
      ...known,
      ...unionChecks(demands),
    ],
    duties,
  };
}

function stampOf({ rule, endsAt, personal }: PlacedRule): RuleStamp {
  const fault = rule.kind === 'caller_id' && !personal;
  return ruleStamp(rule.id, sourceText(rule.citation), rule.force, { fault, endsAt });
}

type JudgingRule = Exclude<Rule, DutyRule | { kind: 'retention' | 'consent' }>;

function checkOf(
  rule: JudgingRule,
  stamp: RuleStamp,
  zones: readonly Zone[],
  context: { purpose: Purpose; revokedByOptOut: boolean; calendars: ReadonlyMap<string, Calendar> },
): Check {
  switch (rule.kind) {
    case 'window':
      return windowCheck(rule, stamp, zones);
    case 'holidays':
      return holidaysCheck(rule, stamp, zones, context.calendars.get(rule.values.calendar) as Calendar);
    case 'cap':
      return capCheck(rule, stamp, zones);
    case 'cooldown':
      return rule.values.after === 'consent_refused'
        ? refusedConsentCheck(rule, stamp, zones, context.purpose)
        : cooldownCheck(rule, stamp, zones);
    case 'registry':
      return registryCheck(rule, stamp, context.purpose, context.revokedByOptOut);
    case 'ai_barred':
      return aiBarredCheck(rule, stamp);
    case 'caller_id':
      return callerIdClassCheck(rule, stamp);
    case 'human_first':
      return humanFirstCheck(rule, stamp);
  }
}

/** A union check where several rules ask for consent to one purpose. */
function unionChecks(demands: readonly PlacedDemand[]): Check[] {
  const purposes = new Set(demands.map(({ demand }) => demand.purpose));
  const groups = [...purposes]
    .map((purpose) => demands.filter(({ demand }) => demand.purpose === purpose))
    .filter((group) => group.length > 1);
  return groups.length === 0 ? [] : [consentUnionCheck(groups)];
}

/** All zones the person may live in; one that the zone data does not know is refused by `engine-rule-data`. */
function zonesOf({ candidates }: Place): Zone[] {
  const zones = candidates.map(({ timeZone }) => findZone(timeZone));
  return [...new Set(zones.filter((zone) => zone !== undefined))];
}
