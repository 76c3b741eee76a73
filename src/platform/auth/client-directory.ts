import type { Actor, Role } from '../../contracts/actor';
import type { Instant } from '../../domain/time/instant';

/** A client that a key belongs to. A revoked client has no keys here. */
export interface KnownKey {
  actor: Actor;
  /** The key was superseded and ends then. */
  expiresAt?: Instant;
}

/** Everybody who may call, as of one version of the settings. */
export interface KnownClients {
  /** `hash` as `indexOfApiKey` writes it. */
  clientByKeyHash(hash: string): KnownKey | undefined;
}

/** A person whom the institution's identity provider vouches for. */
export interface SignedInPerson {
  issuer: string;
  subject: string;
  name: string;
  roles: readonly Role[];
  /** When the provider said so: of two tokens the newer one is right. */
  issuedAt: Instant;
}

/** Where authentication learns who may call. Implemented over the settings, which platform code does not know. */
export abstract class ClientDirectory {
  /** What this process knows in memory; may be older than the last commit. */
  abstract current(): KnownClients;

  /** As of a moment after this call: a revocation committed before it is seen. Rejects when the database is away. */
  abstract fresh(): Promise<KnownClients>;

  /**
   * The actor of a person who signed in, entered among the clients at the first time; name and roles follow the newest
   * token seen. It never has a role that its own token lacks, nor one that a newer token took away. Nobody is entered
   * without a role. Undefined where that person has been revoked here.
   */
  abstract enrol(person: SignedInPerson): Promise<Actor | undefined>;
}
