import type { DecisionFacts } from '../facts';
import { engineStamp, objection, type Check } from './check';

const known = engineStamp(
  'engine-campaign',
  'a call belongs to a campaign that compliance has approved',
  true,
);

/** The campaign exists for the asker, runs, and its approval has not lapsed. */
export const campaignCheck: Check<DecisionFacts> = {
  stamp: known,
  judge: ({ ask, campaign }, at) => {
    if (campaign === undefined || (ask.vendorId !== undefined && ask.vendorId !== campaign.vendorId)) {
      return objection(known, 'CAMPAIGN_UNKNOWN', 'There is no such campaign.');
    }
    if (campaign.state !== 'running') {
      return objection(known, 'CAMPAIGN_INACTIVE', `The campaign is ${campaign.state}, not running.`);
    }
    if (campaign.approvedUntil === undefined || at >= campaign.approvedUntil) {
      return objection(known, 'CAMPAIGN_INACTIVE', 'The approval of the campaign has lapsed.');
    }
    return known.passed;
  },
  holdsUntil: ({ campaign }, _at, limit) => Math.min(campaign?.approvedUntil ?? limit, limit),
};

const vendor = engineStamp('engine-vendor', 'a vendor calls only while its status is active', true);

export const vendorCheck: Check = {
  stamp: vendor,
  judge: ({ vendorActive }) =>
    vendorActive
      ? vendor.passed
      : objection(vendor, 'CAMPAIGN_INACTIVE', 'The vendor of the campaign is not active.'),
};

const voice = engineStamp('engine-voice', 'a campaign calls with the voice it was approved for', true);

/** Another voice is another channel of consent and wishes, so it is never treated as the approved campaign. */
export const voiceCheck: Check = {
  stamp: voice,
  judge: ({ ask, campaign }) =>
    ask.voice === campaign.voice
      ? voice.passed
      : objection(
          voice,
          'CAMPAIGN_INACTIVE',
          `The campaign is approved for the voice ${campaign.voice}, not ${ask.voice}.`,
        ),
};

const script = engineStamp('engine-script', 'what is said has been approved', true);

export const scriptCheck: Check = {
  stamp: script,
  judge: ({ campaign }) => {
    if (campaign.script === undefined) {
      return objection(script, 'SCRIPT_NOT_APPROVED', 'The campaign has no script.');
    }
    return campaign.script.approved
      ? script.passed
      : objection(script, 'SCRIPT_NOT_APPROVED', `The script ${campaign.script.version} is not approved.`);
  },
};
