import type { CampaignFacts, DecisionFacts } from '../decision/facts';
import { OWN_LAW } from '../policy/place';
import type { Instant } from '../time/instant';
import { outlives, type Stop, type StopScope } from './stops';

/** What of a call says whether a stop reaches it. */
export interface StoppableCall {
  campaign?: Pick<CampaignFacts, 'id' | 'entity' | 'line' | 'purpose'>;
  vendorId?: string;
  /** Id of the registered caller number. */
  callerId?: string;
  /** ISO 3166-1 and 3166-2 codes of everywhere the person may be: by the number, the asker's hint or a known address. */
  countries: ReadonlySet<string>;
  subdivisions: ReadonlySet<string>;
}

type Known = Pick<DecisionFacts, 'ask' | 'campaign' | 'callerId' | 'subject'>;

/** `areaCodes`: country and area code → subdivision, as the policy has them. */
export function stoppableCall(facts: Known, areaCodes: ReadonlyMap<string, string>): StoppableCall {
  const { ask, campaign, callerId, subject } = facts;
  const vendorId = campaign?.vendorId ?? ask.vendorId;
  const countries = new Set<string>();
  const subdivisions = new Set<string>();
  const { number } = ask;
  if (number.kind === 'valid') {
    countries.add(number.country);
    const ofNumber = areaCodes.get(`${number.country}:${number.areaCode}`);
    if (ofNumber !== undefined) subdivisions.add(ofNumber);
  }
  for (const hint of [ask.subdivision, ...subject.persons.map((person) => person.subdivision)]) {
    if (hint !== undefined) subdivisions.add(hint);
  }
  for (const subdivision of subdivisions) {
    countries.add(OWN_LAW.get(subdivision) ?? subdivision.slice(0, 2));
  }
  return {
    ...(campaign === undefined ? {} : { campaign }),
    ...(vendorId === undefined ? {} : { vendorId }),
    ...(callerId === undefined ? {} : { callerId: callerId.id }),
    countries,
    subdivisions,
  };
}

/** A part of a country is reached where somebody says that the person is there; a mobile number alone does not. */
export function reaches(scope: StopScope, call: StoppableCall): boolean {
  switch (scope.kind) {
    case 'all':
      return true;
    case 'entity':
    case 'line':
    case 'purpose':
      return call.campaign?.[scope.kind] === scope.id;
    case 'campaign':
      return call.campaign?.id === scope.id;
    case 'vendor':
      return call.vendorId === scope.id;
    case 'callerId':
      return call.callerId === scope.id;
    case 'country':
      return call.countries.has(scope.id);
    case 'subdivision':
      return call.subdivisions.has(scope.id) || call.countries.has(OWN_LAW.get(scope.id) ?? '');
  }
}

const NONE: DecisionFacts['stops'] = [];

/** The stops that refuse a call at `at`, as its decision keeps them. */
export function stopsOf(
  standing: readonly Stop[],
  facts: Known & { at: Instant },
  areaCodes: ReadonlyMap<string, string>,
): DecisionFacts['stops'] {
  const inForce = standing.filter((stop) => outlives(stop, facts.at));
  if (inForce.length === 0) return NONE;
  const call = stoppableCall(facts, areaCodes);
  const reaching = inForce.filter(({ scope }) => reaches(scope, call));
  return reaching.length === 0 ? NONE : reaching.map(({ id, reason }) => ({ id, reason }));
}
