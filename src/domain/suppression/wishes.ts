import { engineStamp, objectionUntil, type Check, type KnownCall } from '../decision/checks/check';
import type { CampaignFacts, Wish, WishScope } from '../decision/facts';
import { channelOfVoice } from '../decision/purpose';

const stamp = engineStamp(
  'engine-wishes',
  'a wish not to be called binds from the moment it is recorded (promise 2)',
);

/**
 * A wish binds at once and until it is released or ends, whatever time it bears: one that was dated a moment ahead by
 * another clock binds all the same.
 */
export const wishesCheck: Check = {
  stamp,
  judge: (call, at) => {
    const { wishes } = call.subject;
    if (wishes.length === 0) return stamp.passed;
    const binding = wishes.filter((wish) => at < endOf(wish) && covers(wish, call));
    if (binding.length === 0) return stamp.passed;
    const detail = `Asked not to be called: ${binding.map(({ id, source }) => `${source} (${id})`).join(', ')}.`;
    return objectionUntil(stamp, 'SUPPRESSED', detail, Math.max(...binding.map(endOf)));
  },
};

const endOf = (wish: Wish): number => wish.until ?? Infinity;

/** Whether a wish speaks of this call: of its channel, its purpose and what it is about. */
export function covers(wish: Wish, { ask, campaign }: KnownCall): boolean {
  if (!wish.channels.includes(channelOfVoice(ask.voice))) return false;
  if (!wish.purposes.includes(campaign.purpose)) return false;
  // Where nobody says which number is asked for, it may be that one.
  if (wish.number !== undefined && wish.number !== (ask.numberTag ?? wish.number)) return false;
  return isWithin(wish.scope, campaign);
}

/** Whether a campaign belongs to the thing that a word was narrowed to. */
export function isWithin(scope: WishScope, campaign: CampaignFacts): boolean {
  switch (scope.kind) {
    case 'group':
      return true;
    case 'campaign':
      return scope.id === campaign.id;
    case 'entity':
    case 'line':
    case 'product':
      return scope.id === campaign[scope.kind];
  }
}

/**
 * The last time this person told us to stop calls like this one, or -Infinity. Consents given before it no longer
 * count where the law says so (RULINGS 19). A wish with an end is a pause and ends nothing but calls; the last opt-out
 * that was released again stands among the withdrawals.
 */
export function lastOptOut(call: KnownCall): number {
  let last = -Infinity;
  for (const wish of call.subject.wishes) {
    if (wish.source === 'customer' && wish.until === undefined && covers(wish, call)) {
      last = Math.max(last, wish.recordedAt);
    }
  }
  return last;
}
