import type { Actor, Role } from '../../contracts/actor';
import type { Instant } from '../../domain/time/instant';

/** A system or a person that may call, with its keys. */
export interface Client {
  id: string;
  name: string;
  kind: Actor['kind'];
  roles: readonly Role[];
  vendorId?: string;
  state: 'active' | 'revoked';
  createdAt: Instant;
  keys: readonly ClientKey[];
}

/** A key as far as we know it: only its hash is stored. */
export interface ClientKey {
  id: string;
  createdAt: Instant;
  /** It was followed by another and ends then. */
  expiresAt?: Instant;
}

/** What the maker of a client says. */
export interface ClientDraft {
  name: string;
  kind: Actor['kind'];
  roles: readonly Role[];
  vendorId?: string;
}

/** As it stands in the record: never a key or its hash. */
export function clientMembers(client: ClientDraft): {
  name: string;
  kind: string;
  roles: string[];
  vendorId: string | undefined;
} {
  return { name: client.name, kind: client.kind, roles: [...client.roles], vendorId: client.vendorId };
}
