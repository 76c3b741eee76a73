import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What comes in by Kafka: what has been handled, and what could not be. */
export class KeepInboundLetters1763602100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
-- Written in the transaction of the effect, so that an event that is offered again has none.
CREATE TABLE inbound_seen (
  reader text NOT NULL,
  -- Keyed hash of the event's source and id: either may hold a number.
  print bytea NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_inbound_seen PRIMARY KEY (reader, print)
) WITH (autovacuum_vacuum_scale_factor = 0.01);
CREATE INDEX ix_inbound_seen_recorded ON inbound_seen USING brin (recorded_at);

-- Durable before the record's offset moves. Later records of the key that depend on order wait behind it.
CREATE TABLE inbound_letters (
  letter_id uuid NOT NULL,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  reader text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  record_offset text NOT NULL,
  print bytea NOT NULL,
  -- Keyed hash of the record's key.
  key_print bytea NOT NULL,
  state text NOT NULL,
  -- The letter that it waits behind; null where it could not be handled itself.
  parked_behind uuid,
  reason text NOT NULL,
  attempts integer NOT NULL,
  -- The record as it came; gone once the letter is settled.
  sealed bytea,
  recorded_at timestamptz NOT NULL,
  settled_at timestamptz,
  settled_by uuid,
  CONSTRAINT pk_inbound_letters PRIMARY KEY (letter_id),
  CONSTRAINT uq_inbound_letters_event UNIQUE (reader, print),
  CONSTRAINT ck_inbound_letters_state CHECK (state IN ('waiting', 'replayed', 'discarded')),
  CONSTRAINT ck_inbound_letters_settled CHECK ((state = 'waiting') = (sealed IS NOT NULL)
    AND (state = 'waiting') = (settled_at IS NULL))
);
CREATE INDEX ix_inbound_letters_waiting ON inbound_letters (reader, key_print, seq) WHERE state = 'waiting';
CREATE INDEX ix_inbound_letters_recorded ON inbound_letters (recorded_at, letter_id);`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
