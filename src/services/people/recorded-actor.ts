import type { Actor } from '../../contracts/actor';
import type { Json } from '../../domain/ledger/canonical-json';

/** Who did something, as it stands in the sealed record. */
export function recordedActor(actor: Actor): { [member: string]: Json | undefined } {
  const { clientId, kind, name, roles, vendorId } = actor;
  return { clientId, kind, name, roles: [...roles], vendorId };
}
