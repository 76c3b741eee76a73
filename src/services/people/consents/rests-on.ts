import type { RefusalEvent } from '../../../domain/consent/consent-fold';
import type { Slot } from '../../../domain/decision/facts';
import type { ConsentPurpose } from '../../../domain/decision/purpose';
import type { Settings } from '../../settings/settings';
import { speaksOfCalls } from '../wishes/voided-slots';

/**
 * Whether the call of a slot was allowed on what is taken back, or may have been. What a slot does not tell is taken
 * against it: a campaign that is not known may be of any line, and may share data.
 */
export function mayRestOn(
  { purposes, channels, scope }: Pick<RefusalEvent, 'purposes' | 'channels' | 'scope'>,
  slot: Slot,
  settings: Pick<Settings, 'campaign'>,
): boolean {
  if (!speaksOfCalls(channels)) return false;
  const campaign = settings.campaign(slot.campaignId);
  const needed: ConsentPurpose[] = [slot.purpose];
  if (campaign?.sharesData !== false) needed.push('share_to_third_party');
  if (campaign?.usesSensitiveData !== false) needed.push('sensitive_use');
  if (!needed.some((purpose) => purposes.includes(purpose))) return false;
  if (scope === undefined || scope.kind === 'group') return true;
  if (scope.kind === 'campaign') return scope.id === slot.campaignId;
  return campaign === undefined || campaign[scope.kind] === scope.id;
}
