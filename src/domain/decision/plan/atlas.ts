import type { Policy } from '../../policy/policy';
import { placeOf, type Place } from '../../policy/place';
import type { Instant } from '../../time/instant';
import type { AskFacts, PersonFacts } from '../facts';
import { planOf, planWithoutCampaign, type Plan } from './plan';
import { placedRules, type PlacedRule } from './placed-rules';
import type { Purpose } from '../purpose';

/** Places kept at once; more than any day brings, few enough to forget them all when exceeded. */
const MOST_PLACES = 2_000;

/**
 * The plans of one place. A memo: everything here follows from the policy and the key, so forgetting it costs time
 * and changes no answer.
 */
export class PlaceAtlas {
  private readonly rules: readonly PlacedRule[];
  /** Instants at which rules begin or end, in order. */
  private readonly changes: readonly Instant[];
  private readonly plans = new Map<string, Plan>();
  private readonly withoutCampaign: Plan;

  constructor(
    readonly place: Place,
    private readonly policy: Policy,
  ) {
    this.rules = place.packs.flatMap(placedRules);
    const instants = this.rules.flatMap(({ startsAt, endsAt }) => [startsAt, endsAt]);
    this.changes = [...new Set(instants)].filter(Number.isFinite).sort((a, b) => a - b);
    this.withoutCampaign = planWithoutCampaign(place);
  }

  /** The rules in force at `at` for calls of a purpose. */
  planAt(purpose: Purpose | undefined, at: Instant): Plan {
    if (purpose === undefined) return this.withoutCampaign;
    const key = `${purpose} ${this.changesUpTo(at)}`;
    let plan = this.plans.get(key);
    if (plan === undefined) {
      const inForce = this.rules.filter(
        ({ rule, startsAt, endsAt }) => startsAt <= at && at < endsAt && rule.purposes.includes(purpose),
      );
      plan = planOf(this.place, inForce, purpose, this.policy.calendars);
      this.plans.set(key, plan);
    }
    return plan;
  }

  /** The first instant after `at` at which other rules are in force; Infinity when none is known. */
  nextChange(at: Instant): Instant {
    return this.changes[this.changesUpTo(at)] ?? Infinity;
  }

  private changesUpTo(at: Instant): number {
    let low = 0;
    let high = this.changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.changes[middle] as Instant) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const atlases = new WeakMap<Policy, Map<string, PlaceAtlas>>();

/** The place of a call with its plans. Without `persons` it is the place as the asker itself could know it. */
export function atlasOf(ask: AskFacts, persons: readonly PersonFacts[], policy: Policy): PlaceAtlas {
  let places = atlases.get(policy);
  if (places === undefined) {
    places = new Map();
    atlases.set(policy, places);
  }
  const key = placeKey(ask, persons);
  let atlas = places.get(key);
  if (atlas === undefined) {
    if (places.size === MOST_PLACES) places.clear();
    atlas = new PlaceAtlas(placeOf(ask, persons, policy), policy);
    places.set(key, atlas);
  }
  return atlas;
}

/** All that `placeOf` reads. Most calls bring no hint, so only those that do pay for an exact text of them. */
function placeKey({ number, timeZone, subdivision }: AskFacts, persons: readonly PersonFacts[]): string {
  if (number.kind !== 'valid') return '';
  const hints = persons.map((person) => [person.timeZone, person.subdivision]);
  const isHinted = [timeZone, subdivision, ...hints.flat()].some((hint) => hint !== undefined);
  const key = number.areaCode === undefined ? number.country : `${number.country} ${number.areaCode}`;
  return isHinted ? `${key} ${JSON.stringify([timeZone, subdivision, hints])}` : key;
}
