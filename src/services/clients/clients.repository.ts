import { Injectable } from '@nestjs/common';
import type { Actor, Role } from '../../contracts/actor';
import type { Instant } from '../../domain/time/instant';
import { Database, type Tx } from '../../platform/database/database';
import { startOf } from '../../platform/http/cursor';
import type { Client, ClientDraft } from './client';

interface ClientRow {
  id: string;
  name: string;
  kind: Actor['kind'];
  roles: Role[];
  vendor_id: string | null;
  state: Client['state'];
  created_at: Date;
  /** JSON made by the database: times are text here. */
  keys: { id: string; created_at: string; expires_at: string | null }[];
}

const COLUMNS = `
SELECT c.id, c.name, c.kind, c.roles, c.vendor_id, c.state, c.created_at, (
  SELECT coalesce(json_agg(json_build_object('id', k.id, 'created_at', k.created_at, 'expires_at', k.expires_at)
    ORDER BY k.created_at DESC, k.id DESC), '[]') FROM client_keys k WHERE k.client_id = c.id) AS keys
FROM clients c`;

@Injectable()
export class ClientsRepository {
  constructor(private readonly database: Database) {}

  async insert(
    tx: Tx,
    client: ClientDraft & { id: string; createdAt: Instant; createdBy?: string; vouchedAt?: Instant },
  ): Promise<void> {
    await tx.query({
      text: `
INSERT INTO clients (id, name, kind, roles, held_compliance, vendor_id, state, created_at, created_by, vouched_at)
VALUES ($1, $2, $3, $4, 'compliance' = ANY ($4::text[]), $5, 'active', $6, $7, $8)`,
      values: [
        client.id,
        client.name,
        client.kind,
        client.roles,
        client.vendorId ?? null,
        new Date(client.createdAt),
        client.createdBy ?? null,
        client.vouchedAt === undefined ? null : new Date(client.vouchedAt),
      ],
    });
  }

  async insertKey(
    tx: Tx,
    key: { id: string; clientId: string; hash: Buffer; createdAt: Instant },
  ): Promise<void> {
    await tx.query({
      text: 'INSERT INTO client_keys (id, client_id, hash, created_at) VALUES ($1, $2, $3, $4)',
      values: [key.id, key.clientId, key.hash, new Date(key.createdAt)],
    });
  }

  /** Keys without an end, or with a later one, end then. */
  async endKeys(tx: Tx, clientId: string, at: Instant): Promise<void> {
    await tx.query({
      text: `UPDATE client_keys SET expires_at = least(expires_at, $2::timestamptz) WHERE client_id = $1`,
      values: [clientId, new Date(at)],
    });
  }

  async isKeyKnown(tx: Tx, hash: Buffer): Promise<boolean> {
    const rows = await tx.query({ text: 'SELECT 1 FROM client_keys WHERE hash = $1', values: [hash] });
    return rows.length > 0;
  }

  /** When the newest token was issued whose name and roles are stored; undefined for who has no token. */
  async vouchedAt(tx: Tx, id: string): Promise<Instant | undefined> {
    const [row] = await tx.query<{ vouched_at: Date | null }>({
      text: 'SELECT vouched_at FROM clients WHERE id = $1',
      values: [id],
    });
    return row?.vouched_at?.getTime();
  }

  /** Name and roles follow the identity provider. */
  async vouch(
    tx: Tx,
    person: { id: string; name: string; roles: readonly Role[]; vouchedAt: Instant },
  ): Promise<void> {
    await tx.query({
      text: `
UPDATE clients SET name = $2, roles = $3, held_compliance = held_compliance OR 'compliance' = ANY ($3::text[]), vouched_at = $4
WHERE id = $1`,
      values: [person.id, person.name, person.roles, new Date(person.vouchedAt)],
    });
  }

  async revoke(tx: Tx, id: string): Promise<void> {
    await tx.query({ text: `UPDATE clients SET state = 'revoked' WHERE id = $1`, values: [id] });
  }

  /** The row stays locked until the transaction ends. */
  async lock(tx: Tx, id: string): Promise<Client | undefined> {
    const rows = await tx.query<ClientRow>({
      text: `${COLUMNS} WHERE c.id = $1 FOR UPDATE OF c`,
      values: [id],
    });
    return rows.map(clientOf)[0];
  }

  /** Until the transaction ends nobody else counts clients: what depends on how many there are is then right. */
  async takeTurn(tx: Tx): Promise<void> {
    await tx.query({ text: `SELECT pg_advisory_xact_lock(hashtextextended('clients', 0))` });
  }

  async activeWith(tx: Tx, role: Role): Promise<Client[]> {
    const rows = await tx.query<ClientRow>({
      text: `${COLUMNS} WHERE c.state = 'active' AND $1 = ANY (c.roles)`,
      values: [role],
    });
    return rows.map(clientOf);
  }

  /** How many persons have or ever had `compliance`, the revoked ones too. */
  async countOfficers(tx: Tx): Promise<number> {
    const [row] = await tx.query<{ officers: number }>({
      text: `SELECT count(*)::int AS officers FROM clients WHERE kind = 'person' AND held_compliance`,
    });
    return row?.officers ?? 0;
  }

  async find(id: string): Promise<Client | undefined> {
    const rows = await this.database.query<ClientRow>(`${COLUMNS} WHERE c.id = $1`, [id]);
    return rows.map(clientOf)[0];
  }

  /** One more than the page, newest first. */
  async list(page: { limit: number; cursor?: string }): Promise<Client[]> {
    const start = startOf(page, 'uuid');
    const rows = await this.database.query<ClientRow>(
      `${COLUMNS}
WHERE $1::timestamptz IS NULL OR (c.created_at, c.id) < ($1, $2::uuid)
ORDER BY c.created_at DESC, c.id DESC LIMIT $3`,
      [start.at, start.id, page.limit + 1],
    );
    return rows.map(clientOf);
  }
}

function clientOf(row: ClientRow): Client {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    roles: row.roles,
    ...(row.vendor_id === null ? {} : { vendorId: row.vendor_id }),
    state: row.state,
    createdAt: row.created_at.getTime(),
    keys: row.keys.map((key) => ({
      id: key.id,
      createdAt: Date.parse(key.created_at),
      ...(key.expires_at === null ? {} : { expiresAt: Date.parse(key.expires_at) }),
    })),
  };
}
