import type { Actor } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';

/**
 * The campaign, where it is there for this actor: to a client bound to a vendor, a campaign of anybody else does not
 * exist (API.md, "Who may call"). @throws AppError NOT_FOUND
 */
export function requireVisible<T extends { vendorId: string | null }>(
  actor: Actor,
  campaign: T | undefined,
): T {
  const foreign = actor.vendorId !== undefined && campaign?.vendorId !== actor.vendorId;
  if (campaign === undefined || foreign) {
    throw new AppError('NOT_FOUND', { detail: 'There is no such campaign.' });
  }
  return campaign;
}

/** A client bound to a vendor gives campaigns to nobody else. @throws AppError FORBIDDEN */
export function requireOwnVendor(actor: Actor, vendorId: string | undefined): void {
  if (actor.vendorId === undefined || actor.vendorId === vendorId) return;
  throw new AppError('FORBIDDEN', {
    detail: 'This client is bound to a vendor and sets up its campaigns only.',
  });
}
