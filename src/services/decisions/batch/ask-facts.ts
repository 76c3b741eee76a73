import type { AskFacts, DecisionFacts, RegistryFacts, SubjectFacts } from '../../../domain/decision/facts';
import type { Policy } from '../../../domain/policy/policy';
import { stopsOf } from '../../../domain/suppression/stop-reach';
import type { Instant } from '../../../domain/time/instant';
import type { Settings } from '../../settings/settings';
import type { PendingDecision } from './pending-decision';
import type { LockedRow } from './decision.repository';

/** No pack that is here asks for a registry yet; a rule that asks for one that is not here refuses (REGISTRY_STALE). */
const NO_REGISTRIES: Record<string, RegistryFacts> = {};
const NO_STOPS: DecisionFacts['stops'] = [];

/** As the network dials it: `+86 95588` and `95588` differ, spaces and hyphens do not count. */
export const dialledDigits = (callerId: string): string => callerId.replace(/[^0-9+]/g, '');

/** Which of its numbers is asked for matters only on a row with a wish that speaks of one. */
function askOn({ ask, tag }: PendingDecision, { wishes }: SubjectFacts): AskFacts {
  if (tag === undefined || !wishes.some((wish) => wish.number !== undefined)) return ask;
  return { ...ask, numberTag: tag.toString('hex') };
}

/**
 * Puts together what one decision may know. A campaign of another vendor does not exist for a vendor-bound caller
 * (RULINGS 25).
 */
export function gatherFacts(
  pending: PendingDecision,
  { settings, policy }: { settings: Settings; policy: Policy },
  row: Pick<LockedRow, 'facts' | 'slots'>,
  at: Instant,
  ttl: number,
): DecisionFacts {
  const found = settings.campaign(pending.body.campaignId);
  const foreign = pending.actor.vendorId !== undefined && found?.vendorId !== pending.actor.vendorId;
  const campaign = foreign ? undefined : found;
  const callerId = settings.callerIdByNumber(pending.ask.callerId);
  const vendorId = campaign?.vendorId ?? pending.actor.vendorId;
  const facts: DecisionFacts = {
    at,
    ttl,
    ask: askOn(pending, row.facts),
    ...(campaign === undefined ? {} : { campaign }),
    vendorActive: vendorId === undefined || settings.vendor(vendorId)?.active === true,
    ...(callerId === undefined ? {} : { callerId }),
    stops: NO_STOPS,
    subject: row.facts,
    slots: row.slots,
    registries: NO_REGISTRIES,
  };
  const stops = settings.stops();
  if (stops.length > 0) facts.stops = stopsOf(stops, facts, policy.subdivisions);
  return facts;
}
