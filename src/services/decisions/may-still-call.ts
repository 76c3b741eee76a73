import type { Settings } from '../settings/settings';

/** Whether what was allowed for a campaign may still be placed: a pause or an ended vendor came after the allow. */
export function mayStillCall(settings: Settings, campaignId: string): boolean {
  const campaign = settings.campaign(campaignId);
  if (campaign?.state !== 'running') return false;
  return campaign.vendorId === undefined || settings.vendor(campaign.vendorId)?.active === true;
}
