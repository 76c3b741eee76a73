import { type Actor, hasRole } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import type { Settings } from '../settings/settings';

/**
 * To a client that is bound to a vendor, and to a dialer that is bound to none, another vendor reads like one that is not
 * there. @throws AppError NOT_FOUND
 */
export function requireVendor(settings: Settings, actor: Actor, vendorId: string): void {
  const inside = hasRole(actor, 'marketing', 'compliance', 'auditor');
  const own = actor.vendorId === undefined ? inside : actor.vendorId === vendorId;
  if (own && settings.vendor(vendorId) !== undefined) return;
  throw new AppError('NOT_FOUND', { detail: 'There is no such vendor.' });
}
