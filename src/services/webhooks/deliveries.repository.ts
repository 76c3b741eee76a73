import { Injectable } from '@nestjs/common';
import type { Instant } from '../../domain/time/instant';
import { bareArray } from '../../platform/database/array-parameters';
import { STORED_EVENT, type StoredEvent, toBusEvent } from '../../platform/bus/stored-event';
import type { BusEvent } from '../../platform/bus/event-bus';
import { Database, type Tx } from '../../platform/database/database';
import type { NextStep } from './sending/next-step';
import type { Delivery, DeliveryState } from './webhook';
import { WebhookSecrets } from './webhook-secrets';

/** In the event's own transaction; an event that a replay has queued already is not queued again. */
const FAN_OUT = `
INSERT INTO webhook_deliveries (webhook_id, event_id, state, attempts, queued_at, due_at)
SELECT id, $1, 'pending', 0, clock_timestamp(), clock_timestamp()
FROM webhooks WHERE state = 'active' AND $2 = ANY (types)
ON CONFLICT DO NOTHING`;

const QUEUE_ONE = `
INSERT INTO webhook_deliveries (webhook_id, event_id, state, attempts, queued_at, due_at)
VALUES ($1, $2, 'pending', 0, clock_timestamp(), clock_timestamp())`;

const REQUEUE_GONE = `
UPDATE webhook_deliveries
SET state = 'pending', attempts = 0, due_at = clock_timestamp(), outcome = NULL, status = NULL, finished_at = NULL
WHERE webhook_id = $1 AND state = 'dead' AND outcome = 'GONE'`;

const DUE = `
SELECT w.id, w.sealed_url, (
  SELECT json_agg(json_build_object('id', s.id, 'sealed', encode(s.sealed, 'hex'), 'expires_at', s.expires_at)
    ORDER BY s.created_at DESC, s.id DESC) FROM webhook_secrets s WHERE s.webhook_id = w.id
) AS secrets
FROM webhooks w
WHERE w.state = 'active' AND (w.held_until IS NULL OR w.held_until <= clock_timestamp())
  AND EXISTS (SELECT FROM webhook_deliveries d
    WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.due_at <= clock_timestamp())`;

/** Nobody else is given what one process has taken, until its lease runs out. What others hold is passed over. */
const TAKE = `
WITH due AS (
  SELECT event_id FROM webhook_deliveries
  WHERE webhook_id = $1 AND state = 'pending' AND due_at <= clock_timestamp()
  ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE webhook_deliveries d
SET attempts = d.attempts + 1, due_at = clock_timestamp() + $3 * interval '1 ms'
FROM due WHERE d.webhook_id = $1 AND d.event_id = due.event_id
RETURNING d.event_id, d.attempts`;

/** Only while the taking is the latest: who was slower than its lease changes nothing. */
const SETTLE = `
WITH settled AS (
  UPDATE webhook_deliveries SET state = $4, outcome = $5, status = $6,
    due_at = CASE WHEN $4 = 'pending' THEN clock_timestamp() + $7 * interval '1 ms' ELSE due_at END,
    finished_at = CASE WHEN $4 = 'pending' THEN NULL ELSE clock_timestamp() END
  WHERE webhook_id = $1 AND event_id = $2 AND attempts = $3 AND state = 'pending'
  RETURNING 1
)
UPDATE webhook_tallies SET
  delivered = delivered + ($4 = 'delivered')::int, failed_attempts = failed_attempts + ($4 <> 'delivered')::int,
  last_outcome = $5, last_status = $6, last_at = clock_timestamp()
WHERE webhook_id = $1 AND EXISTS (SELECT FROM settled)
RETURNING 1`;

const HOLD = `
UPDATE webhooks SET held_until = greatest(held_until, clock_timestamp() + $2 * interval '1 ms')
WHERE id = $1 AND state = 'active'`;

const GIVE_BACK = `
UPDATE webhook_deliveries SET attempts = attempts - 1, due_at = clock_timestamp()
WHERE webhook_id = $1 AND event_id = $2 AND attempts = $3 AND state = 'pending'`;

/** A subscription that has something to send now, opened. */
export interface DueWebhook {
  id: string;
  url: string;
  secrets: { text: string; expiresAt?: Instant }[];
}

/** What a process has taken in hand. */
export interface TakenDelivery {
  webhookId: string;
  eventId: string;
  /** Counted from 1. */
  attempt: number;
}

interface DeliveryRow {
  event_id: string;
  type: string | null;
  state: DeliveryState;
  attempts: number;
  queued_at: Date;
  due_at: Date;
  outcome: string | null;
  status: number | null;
  finished_at: Date | null;
}

/** The queue of what is to be sent, and what became of it. */
@Injectable()
export class DeliveriesRepository {
  constructor(
    private readonly database: Database,
    private readonly secrets: WebhookSecrets,
  ) {}

  async fanOut(tx: Tx, eventId: string, type: string): Promise<void> {
    await tx.query({ name: 'webhook-fan-out', text: FAN_OUT, values: [eventId, type] });
  }

  /** What a subscriber refused for ever, and now takes again. */
  async requeueGone(tx: Tx, webhookId: string): Promise<void> {
    await tx.query({ text: REQUEUE_GONE, values: [webhookId] });
  }

  async queueOne(tx: Tx, webhookId: string, eventId: string): Promise<void> {
    await tx.query({ text: QUEUE_ONE, values: [webhookId, eventId] });
  }

  /** Active, not held, and with something due. */
  async due(): Promise<DueWebhook[]> {
    const rows = await this.database.query<{
      id: string;
      sealed_url: Buffer;
      secrets: { id: string; sealed: string; expires_at: string | null }[];
    }>(DUE, [], 'webhook-due');
    return rows.map((row) => ({
      id: row.id,
      url: this.secrets.openUrl(row.id, row.sealed_url),
      secrets: row.secrets.map((secret) => ({
        text: this.secrets.openSecret(secret.id, Buffer.from(secret.sealed, 'hex')),
        ...(secret.expires_at === null ? {} : { expiresAt: Date.parse(secret.expires_at) }),
      })),
    }));
  }

  async take(webhookId: string, limit: number, leaseMs: number): Promise<TakenDelivery[]> {
    const rows = await this.database.query<{ event_id: string; attempts: number }>(
      TAKE,
      [webhookId, limit, leaseMs],
      'webhook-take',
    );
    return rows.map((row) => ({ webhookId, eventId: row.event_id, attempt: row.attempts }));
  }

  /** The events as they are on the bus, by id; without those whose month is no longer kept. */
  async events(eventIds: readonly string[]): Promise<Map<string, BusEvent>> {
    const rows = await this.database.query<StoredEvent>(
      `SELECT ${STORED_EVENT} FROM events e WHERE e.event_id = ANY ($1::uuid[])`,
      [bareArray(eventIds)],
      'webhook-events',
    );
    return new Map(rows.map((row) => [row.event_id, toBusEvent(row)]));
  }

  /** False, and nothing done, where another process has taken it meanwhile. */
  async settle(tx: Tx, { webhookId, eventId, attempt }: TakenDelivery, step: NextStep): Promise<boolean> {
    const { state, outcome, status, waitMs, holdMs } = step;
    const rows = await tx.query({
      name: 'webhook-settle',
      text: SETTLE,
      values: [webhookId, eventId, attempt, state, outcome, status ?? null, waitMs ?? 0],
    });
    if (holdMs !== undefined) await tx.query({ text: HOLD, values: [webhookId, holdMs] });
    return rows.length > 0;
  }

  /** What was taken and not sent is at once anybody's again, and was no attempt. */
  async giveBack({ webhookId, eventId, attempt }: TakenDelivery): Promise<void> {
    await this.database.query(GIVE_BACK, [webhookId, eventId, attempt]);
  }

  /** One more than the page, newest event first. */
  async list(
    webhookId: string,
    page: { state?: DeliveryState; before?: string; limit: number },
  ): Promise<Delivery[]> {
    const rows = await this.database.query<DeliveryRow>(
      `
SELECT d.*, (SELECT e.type FROM events e WHERE e.event_id = d.event_id) AS type FROM webhook_deliveries d
WHERE d.webhook_id = $1 AND ($2::text IS NULL OR d.state = $2) AND ($3::uuid IS NULL OR d.event_id < $3)
ORDER BY d.event_id DESC LIMIT $4`,
      [webhookId, page.state ?? null, page.before ?? null, page.limit + 1],
    );
    return rows.map(deliveryOf);
  }
}

function deliveryOf(row: DeliveryRow): Delivery {
  return {
    eventId: row.event_id,
    ...(row.type === null ? {} : { type: row.type }),
    state: row.state,
    attempts: row.attempts,
    queuedAt: row.queued_at.getTime(),
    ...(row.state === 'pending' ? { dueAt: row.due_at.getTime() } : {}),
    ...(row.outcome === null ? {} : { outcome: row.outcome }),
    ...(row.status === null ? {} : { status: row.status }),
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at.getTime() }),
  };
}
