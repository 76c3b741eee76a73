import type { Policy } from '../policy/policy';
import { HOUR, SECOND, type Instant } from '../time/instant';
import { firstClear, holdTogetherUntil } from '../time/time-condition';
import { atlasOf, type PlaceAtlas } from './plan/atlas';
import { SEARCH_HORIZON, type KnownCall } from './checks/check';
import { judge, openingsOf, type Judgement } from './plan/judge';

/**
 * The first whole second at which no rule objects (RULINGS 9), given that only such objections stand now as time alone
 * lifts. Every step goes to the earliest instant at which all present objections can be gone, so no legal instant is
 * passed over: an objection holds until its `until`, one of a dated rule at most until the rule ends. Rules that begin,
 * consents and approvals that lapse, and calendars that end are met on the way, because each step judges by all rules
 * of that instant. Undefined: none within 400 days.
 */
export function firstLegalInstant(
  call: KnownCall,
  atlas: PlaceAtlas,
  present: Judgement,
): Instant | undefined {
  const horizon = call.at + SEARCH_HORIZON;
  let at = call.at;
  let next = whenLifted(call, present, horizon);
  // Only ever forward: were a rule to name an instant that is past, the call is refused and the process does not hang.
  while (next > at && next <= horizon) {
    at = next;
    const judgement = judge(call, atlas, at);
    if (judgement.objections.length === 0) return at;
    next = whenLifted(call, judgement, horizon);
  }
  return undefined;
}

/** The first whole second at which all objections of a judgement can be gone, hours and days included. */
function whenLifted(call: KnownCall, { plan, objections }: Judgement, horizon: Instant): Instant {
  const lifted = Math.max(...objections.map(({ verdict, stamp }) => verdict.until ?? stamp.endsAt));
  return Math.ceil(firstClear(openingsOf(plan, call), lifted, horizon) / SECOND) * SECOND;
}

/**
 * What a vendor is told instead: the next start of calling hours after now, from the law of the number and of the
 * vendor's own hints. Nothing that is known of the person enters it (no wish, cap, pause, address or consent), so a
 * cool-down of 60 days, a full cap and a call under way read the same, and so does an unremarkable person at night.
 * The price is that the vendor may ask again in vain. Where no hours bind, or none are known to come, it is the next
 * full hour.
 */
export function coarseNotBefore(call: KnownCall, policy: Policy): Instant {
  const atlas = atlasOf(call.ask, [], policy);
  const unknownPerson: KnownCall = { ...call, subject: { ...call.subject, preferences: [] } };
  const openings = openingsOf(atlas.planAt(call.campaign.purpose, call.at), unknownPerson);
  const horizon = call.at + SEARCH_HORIZON;
  const isOpen = firstClear(openings, call.at, horizon) === call.at;
  const closed = isOpen ? holdTogetherUntil(openings, call.at, horizon) : call.at;
  const opens = closed < horizon ? firstClear(openings, closed, horizon) : Infinity;
  return opens === Infinity ? Math.floor(call.at / HOUR + 1) * HOUR : opens;
}
