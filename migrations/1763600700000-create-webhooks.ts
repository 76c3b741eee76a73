import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Subscribers and what is to be sent to them. A delivery names an event and holds nothing of it: the body is made of
 * the event when it is sent. `due_at` of a pending delivery is when anybody may send it next; whoever takes it moves
 * that on, so that a process that dies with it in hand loses nothing. `attempts` counts the takings and tells a late
 * answer from the present one.
 */
export class CreateWebhooks1763600700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE TABLE webhooks (
  id uuid NOT NULL,
  -- Sealed, because the path and the query of such a URL are often a secret of its owner.
  sealed_url bytea NOT NULL,
  types text[] NOT NULL,
  description text,
  state text NOT NULL,
  -- asked: by an officer; gone: the subscriber answered 410.
  disabled_because text,
  -- The subscriber asked for a pause (429, 503).
  held_until timestamptz,
  created_at timestamptz NOT NULL,
  created_by uuid NOT NULL,
  CONSTRAINT pk_webhooks PRIMARY KEY (id),
  CONSTRAINT ck_webhooks_state CHECK (state IN ('active', 'disabled')),
  CONSTRAINT ck_webhooks_because CHECK (disabled_because IN ('asked', 'gone')),
  CONSTRAINT ck_webhooks_disabled CHECK ((disabled_because IS NOT NULL) = (state = 'disabled'))
);
CREATE TABLE webhook_secrets (
  id uuid NOT NULL,
  webhook_id uuid NOT NULL,
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL,
  -- It was followed by another and signs until then.
  expires_at timestamptz,
  CONSTRAINT pk_webhook_secrets PRIMARY KEY (webhook_id, id),
  CONSTRAINT fk_webhook_secrets_webhook FOREIGN KEY (webhook_id) REFERENCES webhooks (id)
);
CREATE TABLE webhook_deliveries (
  webhook_id uuid NOT NULL,
  event_id uuid NOT NULL,
  state text NOT NULL,
  attempts int NOT NULL,
  queued_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  outcome text,
  status smallint,
  finished_at timestamptz,
  CONSTRAINT pk_webhook_deliveries PRIMARY KEY (webhook_id, event_id),
  CONSTRAINT fk_webhook_deliveries_webhook FOREIGN KEY (webhook_id) REFERENCES webhooks (id),
  CONSTRAINT ck_webhook_deliveries_state CHECK (state IN ('pending', 'delivered', 'dead')),
  CONSTRAINT ck_webhook_deliveries_finished CHECK ((finished_at IS NULL) = (state = 'pending'))
) WITH (autovacuum_vacuum_scale_factor = 0.01);
CREATE INDEX ix_webhook_deliveries_due ON webhook_deliveries (webhook_id, due_at) WHERE state = 'pending';
CREATE INDEX ix_webhook_deliveries_dead ON webhook_deliveries (webhook_id, event_id) WHERE state = 'dead';
CREATE INDEX ix_webhook_deliveries_finished ON webhook_deliveries (finished_at) WHERE finished_at IS NOT NULL;
-- Beside the subscription, so that those who send do not wait for each other where it is read.
CREATE TABLE webhook_tallies (
  webhook_id uuid NOT NULL,
  delivered bigint NOT NULL DEFAULT 0,
  failed_attempts bigint NOT NULL DEFAULT 0,
  last_outcome text,
  last_status smallint,
  last_at timestamptz,
  CONSTRAINT pk_webhook_tallies PRIMARY KEY (webhook_id),
  CONSTRAINT fk_webhook_tallies_webhook FOREIGN KEY (webhook_id) REFERENCES webhooks (id)
) WITH (fillfactor = 50);
CREATE TABLE webhook_replays (
  id uuid NOT NULL,
  webhook_id uuid NOT NULL,
  -- Events up to here have been queued; the replay ends before the other.
  position uuid NOT NULL,
  until uuid NOT NULL,
  asked_at timestamptz NOT NULL,
  finished_at timestamptz,
  CONSTRAINT pk_webhook_replays PRIMARY KEY (id),
  CONSTRAINT fk_webhook_replays_webhook FOREIGN KEY (webhook_id) REFERENCES webhooks (id)
);
CREATE INDEX ix_webhook_replays_open ON webhook_replays (asked_at) WHERE finished_at IS NULL;`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
