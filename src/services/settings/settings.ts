import type { Actor } from '../../contracts/actor';
import type { CallerIdFacts, CampaignFacts } from '../../domain/decision/facts';
import type { Stop } from '../../domain/suppression/stops';
import type { KnownClients, KnownKey } from '../../platform/auth/client-directory';

/** A campaign as a decision sees it, and what its calls need besides. */
export type CampaignSetting = CampaignFacts & { optOutKey: string };

export interface VendorSetting {
  id: string;
  name: string;
  active: boolean;
}

export interface EntitySetting {
  id: string;
  name: string;
  address?: string;
  contact?: string;
}

/**
 * All settings as of one version. Immutable: a change makes another. What a decision read from here is right if the
 * version is still this one when the decision is written.
 */
export interface Settings extends KnownClients {
  /** A bigint of the database, as text. */
  readonly version: string;
  clientByKeyHash(hash: string): KnownKey | undefined;
  /** Undefined once revoked: the question to ask again after a change of version. */
  client(id: string): Actor | undefined;
  campaign(id: string): CampaignSetting | undefined;
  vendor(id: string): VendorSetting | undefined;
  entity(id: string): EntitySetting | undefined;
  /** All of the group, by id. */
  entities(): readonly EntitySetting[];
  /** By dialled digits as registered; 95588 is not E.164. */
  callerIdByNumber(digits: string): CallerIdFacts | undefined;
  /** Those that stand, and those that ended so lately that calls from before them may go on still. */
  stops(): readonly Stop[];
}

/** Rows of the database, loaded together. */
export interface SettingsRows {
  version: string;
  actors: readonly Actor[];
  keys: readonly { hash: string; clientId: string; expiresAt?: number }[];
  campaigns: readonly CampaignSetting[];
  vendors: readonly VendorSetting[];
  entities: readonly EntitySetting[];
  callerIds: readonly (CallerIdFacts & { number: string })[];
  stops: readonly Stop[];
}

export function settingsOf(rows: SettingsRows): Settings {
  const clients = new Map(rows.actors.map((actor) => [actor.clientId, actor]));
  const keys = new Map<string, KnownKey>();
  for (const { hash, clientId, expiresAt } of rows.keys) {
    const actor = clients.get(clientId);
    if (actor === undefined) continue;
    keys.set(hash, expiresAt === undefined ? { actor } : { actor, expiresAt });
  }
  const campaigns = byId(rows.campaigns);
  const vendors = byId(rows.vendors);
  const entities = byId(rows.entities);
  const callerIds = new Map(rows.callerIds.map(({ number, ...facts }) => [number, facts]));
  return {
    version: rows.version,
    clientByKeyHash: (hash) => keys.get(hash),
    client: (id) => clients.get(id),
    campaign: (id) => campaigns.get(id),
    vendor: (id) => vendors.get(id),
    entity: (id) => entities.get(id),
    entities: () => rows.entities,
    callerIdByNumber: (digits) => callerIds.get(digits),
    stops: () => rows.stops,
  };
}

function byId<T extends { id: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}
