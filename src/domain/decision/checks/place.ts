import type { Place } from '../../policy/place';
import type { Purpose } from '../purpose';
import type { DecisionFacts } from '../facts';
import { engineStamp, objection, type Check, type RuleStamp } from './check';
import type { RuleVerdict } from '../verdict';

const asked = engineStamp('engine-jurisdiction', 'a country without a pack is not called', true);
const personal = engineStamp('engine-residence', 'a person’s country without a pack is not called');
const data = engineStamp('engine-rule-data', 'where rule data is missing nothing is allowed');
const purposes = engineStamp('engine-purpose', 'a purpose without rules is refused', true);
const personalPurposes = engineStamp('engine-residence-purpose', 'a purpose without rules is refused');

/** What is known of the law of a place before any rule is read: the same for every call there, so judged once. */
export function placeChecks(place: Place): Check<DecisionFacts>[] {
  const { unsupported, missing } = place;
  const checks = [
    settled(asked, place.located ? unsupportedVerdict(asked, unsupported.asked) : asked.notEvaluated),
    settled(data, missing.length === 0 ? data.passed : missingVerdict(missing)),
  ];
  if (unsupported.personal.length > 0) {
    checks.push(settled(personal, unsupportedVerdict(personal, unsupported.personal)));
  }
  return checks;
}

/** Every pack of the place must know the purpose; of a pack without rules `engine-rule-data` speaks already. */
export function purposeChecks(place: Place, purpose: Purpose): Check<DecisionFacts>[] {
  const ofRequest = purposeVerdict(place, purpose, purposes, false);
  const ofPerson = purposeVerdict(place, purpose, personalPurposes, true);
  return [
    settled(purposes, place.located ? ofRequest : purposes.notEvaluated),
    ...(ofPerson === personalPurposes.passed ? [] : [settled(personalPurposes, ofPerson)]),
  ];
}

function settled(stamp: RuleStamp, verdict: RuleVerdict): Check<DecisionFacts> {
  return { stamp, judge: () => verdict };
}

function unsupportedVerdict(stamp: RuleStamp, countries: readonly string[]): RuleVerdict {
  if (countries.length === 0) return stamp.passed;
  return Object.freeze(
    objection(stamp, 'JURISDICTION_UNSUPPORTED', `No pack covers ${countries.join(', ')}.`),
  );
}

function missingVerdict(missing: readonly string[]): RuleVerdict {
  return Object.freeze(objection(data, 'RULE_DATA_MISSING', missing.join(' ')));
}

function purposeVerdict(place: Place, purpose: Purpose, stamp: RuleStamp, isPersonal: boolean): RuleVerdict {
  const refusing = place.packs.filter(
    ({ pack, personal: known }) =>
      known === isPersonal && pack.status === 'complete' && !pack.purposes.includes(purpose),
  );
  if (refusing.length === 0) return stamp.passed;
  const names = refusing.map(({ pack }) => pack.id).join(', ');
  return Object.freeze(objection(stamp, 'PURPOSE_NOT_ALLOWED', `No rules for ${purpose} calls in ${names}.`));
}
