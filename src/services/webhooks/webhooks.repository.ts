import { Injectable } from '@nestjs/common';
import type { Instant } from '../../domain/time/instant';
import { Database, type Tx } from '../../platform/database/database';
import { startOf } from '../../platform/http/cursor';
import type { Webhook, WebhookView } from './webhook';
import { WebhookSecrets } from './webhook-secrets';

interface WebhookRow {
  id: string;
  sealed_url: Buffer;
  types: string[];
  description: string | null;
  state: Webhook['state'];
  disabled_because: 'asked' | 'gone' | null;
  disabled_at: Date | null;
  held_until: Date | null;
  created_at: Date;
}

interface ViewRow extends WebhookRow {
  /** JSON made by the database: times are text here. */
  secrets: { id: string; created_at: string; expires_at: string | null }[];
  pending: number;
  dead: number;
  delivered: string;
  failed_attempts: string;
  last_outcome: string | null;
  last_status: number | null;
  last_at: Date | null;
}

const COLUMNS =
  'w.id, w.sealed_url, w.types, w.description, w.state, w.disabled_because, w.disabled_at, w.held_until, w.created_at';

const VIEW = `
SELECT ${COLUMNS}, t.delivered, t.failed_attempts, t.last_outcome, t.last_status, t.last_at,
  (SELECT count(*) FROM webhook_deliveries WHERE webhook_id = w.id AND state = 'pending')::int AS pending,
  (SELECT count(*) FROM webhook_deliveries WHERE webhook_id = w.id AND state = 'dead')::int AS dead,
  (SELECT json_agg(json_build_object('id', s.id, 'created_at', s.created_at, 'expires_at', s.expires_at)
    ORDER BY s.created_at DESC, s.id DESC) FROM webhook_secrets s WHERE s.webhook_id = w.id) AS secrets
FROM webhooks w JOIN webhook_tallies t ON t.webhook_id = w.id`;

/** Subscriptions and their secrets. */
@Injectable()
export class WebhooksRepository {
  constructor(
    private readonly database: Database,
    private readonly secrets: WebhookSecrets,
  ) {}

  async insert(tx: Tx, webhook: Webhook & { createdBy: string }): Promise<void> {
    await tx.query({
      text: `
WITH webhook AS (
  INSERT INTO webhooks (id, sealed_url, types, description, state, created_at, created_by)
  VALUES ($1, $2, $3, $4, 'active', $5, $6) RETURNING id
)
INSERT INTO webhook_tallies (webhook_id) SELECT id FROM webhook`,
      values: [
        webhook.id,
        this.secrets.sealUrl(webhook.id, webhook.url),
        webhook.types,
        webhook.description ?? null,
        new Date(webhook.createdAt),
        webhook.createdBy,
      ],
    });
  }

  async insertSecret(
    tx: Tx,
    secret: { id: string; webhookId: string; text: string; createdAt: Instant },
  ): Promise<void> {
    await tx.query({
      text: 'INSERT INTO webhook_secrets (id, webhook_id, sealed, created_at) VALUES ($1, $2, $3, $4)',
      values: [
        secret.id,
        secret.webhookId,
        this.secrets.sealSecret(secret.id, secret.text),
        new Date(secret.createdAt),
      ],
    });
  }

  /** Secrets without an end, or with a later one, end then. What has ended is forgotten. */
  async endSecrets(tx: Tx, webhookId: string, at: Instant, now: Instant): Promise<void> {
    await tx.query({
      text: 'DELETE FROM webhook_secrets WHERE webhook_id = $1 AND expires_at <= $2',
      values: [webhookId, new Date(now)],
    });
    await tx.query({
      text: 'UPDATE webhook_secrets SET expires_at = least(expires_at, $2::timestamptz) WHERE webhook_id = $1',
      values: [webhookId, new Date(at)],
    });
  }

  async countSecrets(tx: Tx, webhookId: string): Promise<number> {
    const [row] = await tx.query<{ count: number }>({
      text: 'SELECT count(*)::int AS count FROM webhook_secrets WHERE webhook_id = $1',
      values: [webhookId],
    });
    return row?.count ?? 0;
  }

  /** @param disabled why it is, and since when; undefined: it is active. */
  async setState(
    tx: Tx,
    id: string,
    disabled: { because: 'asked' | 'gone'; at: Instant } | undefined,
  ): Promise<void> {
    await tx.query({
      text: `
UPDATE webhooks SET state = CASE WHEN $2::text IS NULL THEN 'active' ELSE 'disabled' END,
  disabled_because = $2, disabled_at = $3, held_until = NULL WHERE id = $1`,
      values: [id, disabled?.because ?? null, disabled === undefined ? null : new Date(disabled.at)],
    });
  }

  /** The row stays locked until the transaction ends; deliveries to it can be queued meanwhile. */
  async lock(tx: Tx, id: string): Promise<Webhook | undefined> {
    const rows = await tx.query<WebhookRow>({
      text: `SELECT ${COLUMNS} FROM webhooks w WHERE w.id = $1 FOR NO KEY UPDATE`,
      values: [id],
    });
    return rows.map((row) => this.webhookOf(row))[0];
  }

  /** Until the transaction ends nobody else counts them: what depends on how many are active is then right. */
  async countActive(tx: Tx): Promise<number> {
    await tx.query({ text: `SELECT pg_advisory_xact_lock(hashtextextended('webhooks', 0))` });
    const [row] = await tx.query<{ active: number }>({
      text: `SELECT count(*)::int AS active FROM webhooks WHERE state = 'active'`,
    });
    return row?.active ?? 0;
  }

  async anyFollows(tx: Tx, type: string): Promise<boolean> {
    const rows = await tx.query({
      name: 'webhook-follows',
      text: `SELECT 1 FROM webhooks WHERE state = 'active' AND $1 = ANY (types) LIMIT 1`,
      values: [type],
    });
    return rows.length > 0;
  }

  async insertReplay(
    tx: Tx,
    replay: { id: string; webhookId: string; position: string; until: string; askedAt: Instant },
  ): Promise<void> {
    await tx.query({
      text: `
INSERT INTO webhook_replays (id, webhook_id, position, until, asked_at) VALUES ($1, $2, $3, $4, $5)`,
      values: [replay.id, replay.webhookId, replay.position, replay.until, new Date(replay.askedAt)],
    });
  }

  async find(id: string): Promise<WebhookView | undefined> {
    const rows = await this.database.query<ViewRow>(`${VIEW} WHERE w.id = $1`, [id]);
    return rows.map((row) => this.viewOf(row))[0];
  }

  /** One more than the page, newest first. */
  async list(page: { limit: number; cursor?: string }): Promise<WebhookView[]> {
    const start = startOf(page, 'uuid');
    const rows = await this.database.query<ViewRow>(
      `${VIEW}
WHERE $1::timestamptz IS NULL OR (w.created_at, w.id) < ($1, $2::uuid)
ORDER BY w.created_at DESC, w.id DESC LIMIT $3`,
      [start.at, start.id, page.limit + 1],
    );
    return rows.map((row) => this.viewOf(row));
  }

  private webhookOf(row: WebhookRow): Webhook {
    return {
      id: row.id,
      url: this.secrets.openUrl(row.id, row.sealed_url),
      types: row.types,
      ...(row.description === null ? {} : { description: row.description }),
      state: row.state,
      ...(row.disabled_because === null ? {} : { disabledBecause: row.disabled_because }),
      ...(row.disabled_at === null ? {} : { disabledAt: row.disabled_at.getTime() }),
      ...(row.held_until === null ? {} : { heldUntil: row.held_until.getTime() }),
      createdAt: row.created_at.getTime(),
    };
  }

  private viewOf(row: ViewRow): WebhookView {
    const { last_outcome: outcome, last_status: status, last_at: at } = row;
    return {
      ...this.webhookOf(row),
      secrets: row.secrets.map((secret) => ({
        id: secret.id,
        createdAt: Date.parse(secret.created_at),
        ...(secret.expires_at === null ? {} : { expiresAt: Date.parse(secret.expires_at) }),
      })),
      counts: {
        pending: row.pending,
        delivered: Number(row.delivered),
        dead: row.dead,
        failedAttempts: Number(row.failed_attempts),
      },
      ...(outcome === null || at === null
        ? {}
        : { last: { outcome, at: at.getTime(), ...(status === null ? {} : { status }) } }),
    };
  }
}
