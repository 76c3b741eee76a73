import type { Slot, Wish } from '../../../domain/decision/facts';
import { type Channel, channelOfVoice } from '../../../domain/decision/purpose';
import { engagedUntil } from '../../../domain/frequency/slots';
import type { Instant } from '../../../domain/time/instant';
import type { Settings } from '../../settings/settings';

const VOICE_CHANNELS: readonly Channel[] = [channelOfVoice('ai'), channelOfVoice('human')];

/**
 * Slots with every authorization and every call under way voided that a word reaches (promise 2), and their calls: the
 * token no longer redeems, and a call that goes on is told to end.
 */
export function voidWhere(
  slots: readonly Slot[],
  reaches: (slot: Slot) => boolean,
  at: Instant,
): { slots: Slot[]; voided: string[] } {
  const voided: string[] = [];
  const after = slots.map((slot) => {
    const live = slot.voidedAt === undefined && at < engagedUntil(slot);
    if (!live || !reaches(slot)) return slot;
    voided.push(slot.callId);
    return { ...slot, voidedAt: at };
  });
  return { slots: after, voided };
}

/**
 * Whether a wish may bind the call of a slot. What a slot does not tell is taken against it: its voice may have been
 * another than its campaign's, and a campaign that is not known may be of any line.
 */
export function mayBind(wish: Wish, slot: Slot, settings: Pick<Settings, 'campaign'>): boolean {
  if (!wish.purposes.includes(slot.purpose) || !speaksOfCalls(wish.channels)) return false;
  const { scope } = wish;
  if (scope.kind === 'group') return true;
  if (scope.kind === 'campaign') return scope.id === slot.campaignId;
  const campaign = settings.campaign(slot.campaignId);
  return campaign === undefined || campaign[scope.kind] === scope.id;
}

export const speaksOfCalls = (channels: readonly Channel[]): boolean =>
  channels.some((channel) => VOICE_CHANNELS.includes(channel));
