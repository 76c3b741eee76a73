import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The record (RULINGS 13, 14, 16): `events` in their final form, append-only and partitioned by the month inside the
 * UUIDv7; `outbox` is only the queue of those that no bus has carried yet; `inbox` is a consumer's memory.
 */
export class CreateEvidence1763600100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

-- The smallest UUIDv7 of an instant: bounds of partitions whose key is such an id (RFC 9562 section 5.7).
CREATE FUNCTION uuid_v7_floor(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Asked of the tables of the catalogue: what a session remembers of names may be older than the lock it has waited for.
CREATE FUNCTION has_partition(parent text, part text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = quote_ident(parent)::regclass AND c.relname = part)
$$;

-- Makes the missing monthly partitions of one append-only table from the month of \`since\` on; safe to run anywhere at
-- any time. A table that is made alone and then attached stops neither readers nor writers of the parent, and nobody
-- queues for long behind a lock that we wait for. Triggers on TRUNCATE are not passed on to partitions.
CREATE FUNCTION ensure_monthly_partitions(parent text, since timestamptz, months int) RETURNS void LANGUAGE plpgsql
SET lock_timeout = '2s' AS $$
DECLARE
  month timestamptz := date_trunc('month', since AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
  following timestamptz;
  part text;
BEGIN
  FOR i IN 0..months LOOP
    following := ((month AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
    part := parent || '_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
    IF NOT has_partition(parent, part) THEN
      PERFORM pg_advisory_xact_lock(hashtext('ensure_monthly_partitions'));
      -- Another process may have made it while we waited.
      IF NOT has_partition(parent, part) THEN
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
          'tr_' || parent || '_no_truncate', part);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
          parent, part, uuid_v7_floor(month), uuid_v7_floor(following));
      END IF;
    END IF;
    month := following;
  END LOOP;
END $$;

CREATE TABLE events (
  event_id uuid NOT NULL,
  type text NOT NULL,
  subject_id uuid,
  recorded_at timestamptz NOT NULL,
  clear json NOT NULL,
  sealed bytea NOT NULL,
  wrapped_key bytea NOT NULL,
  entry bytea NOT NULL,
  CONSTRAINT pk_events PRIMARY KEY (event_id)
) PARTITION BY RANGE (event_id);
CREATE INDEX ix_events_subject ON events (subject_id, event_id) WHERE subject_id IS NOT NULL;
CREATE TRIGGER tr_events_append_only BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_events_no_truncate BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE outbox (
  seq bigserial NOT NULL,
  bucket smallint NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_outbox PRIMARY KEY (bucket, seq),
  CONSTRAINT ck_outbox_bucket CHECK (bucket BETWEEN 0 AND 15)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
-- One publisher a bucket. The epoch counts the holders: who was overtaken is told apart from who took over.
CREATE TABLE outbox_leases (
  bucket smallint NOT NULL,
  epoch bigint NOT NULL,
  holder uuid,
  expires_at timestamptz,
  CONSTRAINT pk_outbox_leases PRIMARY KEY (bucket)
);
INSERT INTO outbox_leases (bucket, epoch) SELECT generate_series(0, 15), 0;
-- The processes that empty the outbox, and whom each of them hands events to.
CREATE TABLE outbox_relays (
  holder uuid NOT NULL,
  subscriptions text[] NOT NULL,
  expires_at timestamptz NOT NULL,
  remembered_until timestamptz NOT NULL,
  CONSTRAINT pk_outbox_relays PRIMARY KEY (holder)
);

CREATE TABLE inbox (
  consumer text NOT NULL,
  event_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_inbox PRIMARY KEY (consumer, event_id)
) WITH (autovacuum_vacuum_scale_factor = 0.01);
-- seq is the order of delivery within a consumer's key. Who is parked behind another was never tried.
CREATE TABLE dead_letters (
  consumer text NOT NULL,
  event_id uuid NOT NULL,
  seq bigserial NOT NULL,
  partition_key text NOT NULL,
  parked_behind uuid,
  attempts int NOT NULL,
  reason text NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_dead_letters PRIMARY KEY (consumer, event_id)
);
CREATE INDEX ix_dead_letters_key ON dead_letters (consumer, partition_key, seq);

CREATE TABLE idempotency_keys (
  scope bytea NOT NULL,
  fingerprint bytea NOT NULL,
  sealed_answer bytea,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT pk_idempotency_keys PRIMARY KEY (scope)
);
CREATE INDEX ix_idempotency_keys_expiry ON idempotency_keys (expires_at);`);
    await runner.query(`SELECT ensure_monthly_partitions('events', '2026-01-01T00:00:00Z', 23)`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
