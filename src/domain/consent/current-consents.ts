import type { Instant } from '../time/instant';
import type { ConsentEvent, GrantEvent, RefusalEvent } from './consent-fold';
import { remainingCells, type LaterWord, type RemainingCells } from './remaining-cells';

/** What is left of a grant. */
export interface CurrentConsent extends RemainingCells {
  grant: GrantEvent;
}

/** What is left of a "no" to a request for consent: for what nobody has consented since. */
export interface StandingRefusal extends RemainingCells {
  refusal: RefusalEvent;
}

/**
 * What consents say at `asOf`, from the events known, in whatever order and however often they were delivered: each
 * grant, the newest first, without what was withdrawn or refused at the time of the grant or after it. Whether a law
 * accepts a consent is for a decision to say.
 */
export function currentConsents(delivered: readonly ConsentEvent[], asOf: Instant): CurrentConsent[] {
  const events = distinctEvents(delivered);
  const refusals = events.filter(isRefusal).filter((refusal) => effectiveFrom(refusal) <= asOf);
  return events
    .filter(isGrant)
    .filter((grant) => grant.at <= asOf && asOf < (grant.expiresAt ?? Infinity))
    .flatMap((grant) => {
      const later = refusals.filter(
        (refusal) =>
          refusal.at >= grant.at &&
          (refusal.consentId ?? grant.id) === grant.id &&
          mayBeOfOne(refusal, grant) &&
          meet(refusal, grant),
      );
      return remainingCells(
        grant,
        later.map((refusal) => takenBack(refusal, grant)),
      ).map((left) => ({ grant, ...left }));
    });
}

/** For what consent may not be asked again at `asOf` until the law's wait is over (RULINGS 23). */
export function standingRefusals(delivered: readonly ConsentEvent[], asOf: Instant): StandingRefusal[] {
  const events = distinctEvents(delivered);
  const grants = events.filter(isGrant).filter((grant) => grant.at <= asOf);
  return events
    .filter(isRefusal)
    .filter((refusal) => refusal.kind === 'refused' && effectiveFrom(refusal) <= asOf)
    .flatMap((refusal) => {
      const later = grants.filter(
        (grant) => grant.at > refusal.at && mayBeOfOne(refusal, grant) && meet(refusal, grant),
      );
      return remainingCells(
        refusal,
        later.map((grant) => answered(grant, refusal)),
      ).map((left) => ({ refusal, ...left }));
    });
}

/** Each event once, the newest first. */
function distinctEvents(delivered: readonly ConsentEvent[]): ConsentEvent[] {
  const byId = new Map(delivered.map((event) => [event.id, event]));
  return [...byId.values()].sort(
    (one, other) => other.recordedAt - one.recordedAt || (one.id < other.id ? 1 : -1),
  );
}

const isGrant = (event: ConsentEvent): event is GrantEvent => event.kind === 'granted';
const isRefusal = (event: ConsentEvent): event is RefusalEvent => event.kind !== 'granted';

/** A withdrawal binds from its commit, even where its own clock ran ahead. */
const effectiveFrom = ({ at, recordedAt }: RefusalEvent): Instant => Math.min(at, recordedAt);

/** What was said by a number before it was anybody's may have been said by whoever it is now. */
const mayBeOfOne = (one: ConsentEvent, other: ConsentEvent): boolean =>
  one.personId === undefined || other.personId === undefined || one.personId === other.personId;

/** Whether there may be a call that both speak of. */
const meet = ({ scope }: RefusalEvent, grant: GrantEvent): boolean =>
  scope?.kind !== 'entity' || grant.scope.kind === 'group' || scope.id === grant.scope.id;

function takenBack({ scope, purposes, channels }: RefusalEvent, grant: GrantEvent): LaterWord {
  const isWhole =
    scope === undefined ||
    scope.kind === 'group' ||
    (scope.kind === 'entity' && grant.scope.kind === 'entity');
  return { purposes, channels, scope: isWhole ? 'all' : scope };
}

function answered({ scope, purposes, channels }: GrantEvent, refusal: RefusalEvent): LaterWord {
  const isWhole = scope.kind === 'group' || refusal.scope?.kind === 'entity';
  return { purposes, channels, scope: isWhole ? 'all' : { kind: 'entity', id: scope.id } };
}
