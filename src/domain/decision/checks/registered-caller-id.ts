import { engineStamp, objection, type Check, type KnownCall } from './check';
import type { CallerIdFacts } from '../facts';

const stamp = engineStamp(
  'engine-caller-id',
  'only registered caller numbers of the campaign are shown',
  true,
);

/**
 * The caller number is one that the institution registered, for this campaign, entity, purpose and vendor, and may
 * still use. In China altered or unregistered numbers are unlawful (反电信网络诈骗法 Arts. 13–14, CN-17).
 */
export const registeredCallerIdCheck: Check = {
  stamp,
  judge: (call, at) => {
    const fault = faultOf(call, call.callerId, at);
    return fault === undefined ? stamp.passed : objection(stamp, 'CALLER_ID_NOT_ALLOWED', fault);
  },
  holdsUntil: ({ callerId }, _at, limit) => Math.min(callerId?.rightOfUseExpires ?? limit, limit),
};

function faultOf(
  { campaign }: KnownCall,
  callerId: CallerIdFacts | undefined,
  at: number,
): string | undefined {
  if (callerId === undefined) return 'The caller number is not registered.';
  if (!campaign.callerIds.includes(callerId.id)) return 'The caller number is not one of the campaign’s.';
  if (callerId.entity !== campaign.entity) return 'The caller number belongs to another entity.';
  if (!callerId.purposes.includes(campaign.purpose)) {
    return `The caller number is not registered for ${campaign.purpose} calls.`;
  }
  if (campaign.vendorId !== undefined && !callerId.vendors.includes(campaign.vendorId)) {
    return 'The caller number is not registered for the campaign’s vendor.';
  }
  return at >= callerId.rightOfUseExpires ? 'The right to use the caller number has expired.' : undefined;
}
