import type { Actor, Role } from '../../contracts/actor';
import type { CampaignFacts } from '../../domain/decision/facts';
import type { CallerIdClass, ProductRisk, Purpose, Voice } from '../../domain/decision/purpose';
import type { Stop, StopScope } from '../../domain/suppression/stops';
import { HOUR, type Instant } from '../../domain/time/instant';
import { indexOfHash } from '../../platform/auth/api-key';
import type { Tx } from '../../platform/database/database';
import type { CampaignSetting, EntitySetting, SettingsRows } from './settings';

interface ClientRow {
  id: string;
  name: string;
  kind: Actor['kind'];
  roles: Role[];
  vendor_id: string | null;
}
interface KeyRow {
  client_id: string;
  hash: Buffer;
  expires_at: Date | null;
}
interface CampaignRow {
  id: string;
  entity: string;
  line: string;
  product: string;
  product_risk: ProductRisk | null;
  purpose: Purpose;
  vendor_id: string | null;
  caller_ids: string[];
  voice: Voice;
  shares_data: boolean;
  uses_sensitive_data: boolean;
  opt_out_key: string;
  state: CampaignFacts['state'];
  approved_until: Date | null;
  script_version: string | null;
  script_kind: 'fixed' | 'model' | null;
  script_state: 'submitted' | 'approved' | null;
  disclosure: string | null;
  text_sha256: string | null;
}
interface VendorRow {
  id: string;
  name: string;
  status: 'active' | 'ended';
}
interface EntityRow {
  id: string;
  name: string;
  address: string | null;
  contact: string | null;
}
interface CallerIdRow {
  id: string;
  number: string;
  class: CallerIdClass;
  entity: string;
  purposes: Purpose[];
  vendors: string[];
  right_of_use_expires: Date;
}
interface StopRow {
  id: string;
  scope_kind: StopScope['kind'];
  scope_id: string | null;
  live: Stop['live'];
  reason: string;
  recorded_at: Date;
  until: Date | null;
  lifted_at: Date | null;
}

/** No call from before a stop goes on for longer after it (RULINGS 4: two hours, and the life of a token). */
const REMEMBERED = 3 * HOUR;

const CLIENTS = `SELECT id, name, kind, roles, vendor_id FROM clients WHERE state = 'active'`;
const KEYS = `
SELECT k.client_id, k.hash, k.expires_at
FROM client_keys k JOIN clients c ON c.id = k.client_id WHERE c.state = 'active'`;
/** Ended ones too: a call of theirs that is still going on has its opt-out key there. */
const CAMPAIGNS = `
SELECT c.id, c.entity, c.line, c.product, c.product_risk, c.purpose, c.vendor_id, c.caller_ids, c.voice,
  c.shares_data, c.uses_sensitive_data, c.opt_out_key, c.state, c.approved_until,
  s.version AS script_version, s.kind AS script_kind, s.state AS script_state, s.disclosure, s.text_sha256
FROM campaigns c LEFT JOIN scripts s ON s.campaign_id = c.id AND s.version = c.script_version`;
const ENTITIES = 'SELECT id, name, address, contact FROM entities ORDER BY id';
const CALLER_IDS = `
SELECT id, number, class, entity, purposes, vendors, right_of_use_expires FROM caller_ids`;
const STOPS = `
SELECT s.id, s.scope_kind, s.scope_id, s.live, s.reason, s.recorded_at, s.until, l.lifted_at
FROM stops s LEFT JOIN stop_lifts l ON l.stop_id = s.id
WHERE coalesce(least(s.until, l.lifted_at), 'infinity') > $1 ORDER BY s.recorded_at, s.id`;

/**
 * Reads all settings. The version is read first: what is read after it may be newer, never older, and then the next
 * look at the version differs and reads again.
 * @param present The moment that the database's clock shows: stops that ended long before it are left out.
 */
export async function readSettings(tx: Tx, present: (reading: Instant) => Instant): Promise<SettingsRows> {
  const version = await readVersion(tx);
  const clients = await tx.query<ClientRow>({ text: CLIENTS });
  const keys = await tx.query<KeyRow>({ text: KEYS });
  const campaigns = await tx.query<CampaignRow>({ text: CAMPAIGNS });
  const vendors = await tx.query<VendorRow>({ text: 'SELECT id, name, status FROM vendors' });
  const entities = await tx.query<EntityRow>({ text: ENTITIES });
  const callerIds = await tx.query<CallerIdRow>({ text: CALLER_IDS });
  const remembered = new Date(present(await readClock(tx)) - REMEMBERED);
  const stops = await tx.query<StopRow>({ text: STOPS, values: [remembered] });
  return {
    version,
    actors: clients.map(actorOfRow),
    keys: keys.map(keyOfRow),
    campaigns: campaigns.map(campaignOfRow),
    vendors: vendors.map(({ id, name, status }) => ({ id, name, active: status === 'active' })),
    entities: entities.map(entityOfRow),
    callerIds: callerIds.map(callerIdOfRow),
    stops: stops.map(stopOfRow),
  };
}

/** One name, one text: both ways of asking share the plan. */
export const VERSION_QUERY = {
  name: 'settings-version',
  text: 'SELECT version FROM settings_version',
} as const;

async function readVersion(tx: Tx): Promise<string> {
  const [row] = await tx.query<{ version: string }>(VERSION_QUERY);
  if (row === undefined) throw new Error('The settings have no version: the database is not migrated.');
  return row.version;
}

async function readClock(tx: Tx): Promise<Instant> {
  const text = 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now';
  const [row] = await tx.query<{ now: Instant }>({ text });
  if (row === undefined) throw new Error('The database did not tell its time.');
  return row.now;
}

function actorOfRow(row: ClientRow): Actor {
  return {
    clientId: row.id,
    name: row.name,
    kind: row.kind,
    roles: row.roles,
    ...(row.vendor_id === null ? {} : { vendorId: row.vendor_id }),
  };
}

function keyOfRow(row: KeyRow): SettingsRows['keys'][number] {
  const key = { hash: indexOfHash(row.hash), clientId: row.client_id };
  return row.expires_at === null ? key : { ...key, expiresAt: row.expires_at.getTime() };
}

function campaignOfRow(row: CampaignRow): CampaignSetting {
  return {
    id: row.id,
    entity: row.entity,
    line: row.line,
    product: row.product,
    ...(row.product_risk === null ? {} : { productRisk: row.product_risk }),
    purpose: row.purpose,
    ...(row.vendor_id === null ? {} : { vendorId: row.vendor_id }),
    callerIds: row.caller_ids,
    voice: row.voice,
    state: row.state,
    ...(row.approved_until === null ? {} : { approvedUntil: row.approved_until.getTime() }),
    sharesData: row.shares_data,
    usesSensitiveData: row.uses_sensitive_data,
    ...scriptOfRow(row),
    optOutKey: row.opt_out_key,
  };
}

function scriptOfRow(row: CampaignRow): Pick<CampaignFacts, 'script'> {
  const { script_version: version, script_kind: kind, disclosure, text_sha256: textSha256 } = row;
  if (version === null || kind === null || disclosure === null || textSha256 === null) return {};
  return { script: { version, kind, approved: row.script_state === 'approved', disclosure, textSha256 } };
}

function entityOfRow({ id, name, address, contact }: EntityRow): EntitySetting {
  return { id, name, ...(address === null ? {} : { address }), ...(contact === null ? {} : { contact }) };
}

function callerIdOfRow(row: CallerIdRow): SettingsRows['callerIds'][number] {
  return {
    id: row.id,
    number: row.number,
    class: row.class,
    entity: row.entity,
    purposes: row.purposes,
    vendors: row.vendors,
    rightOfUseExpires: row.right_of_use_expires.getTime(),
  };
}

function stopOfRow(row: StopRow): Stop {
  const { scope_kind: kind, scope_id: id } = row;
  return {
    id: row.id,
    scope: kind === 'all' || id === null ? { kind: 'all' } : { kind, id },
    live: row.live,
    reason: row.reason,
    recordedAt: row.recorded_at.getTime(),
    ...(row.until === null ? {} : { until: row.until.getTime() }),
    ...(row.lifted_at === null ? {} : { liftedAt: row.lifted_at.getTime() }),
  };
}
