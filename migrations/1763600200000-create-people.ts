import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * People, their numbers and their words (RULINGS 3). `subjects` is the row that a decision locks: all that a rule may
 * know of a person is on it. The other tables are history and are never read by a decision.
 */
export class CreatePeople1763600200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE TABLE subjects (
  id uuid NOT NULL,
  kind text NOT NULL,
  -- Tags of the numbers it holds, 32 bytes each, one after the other.
  tags bytea NOT NULL,
  facts json NOT NULL,
  slots json NOT NULL,
  -- The subject's wrapping key under the key-encryption key; null once the subject is erased.
  wrapping_key bytea,
  merged_into uuid,
  created_at timestamptz NOT NULL,
  CONSTRAINT pk_subjects PRIMARY KEY (id),
  CONSTRAINT ck_subjects_kind CHECK (kind IN ('person', 'household'))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);
CREATE INDEX ix_subjects_merged ON subjects (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE numbers (
  id uuid NOT NULL,
  tag bytea,
  tag_version smallint NOT NULL,
  sealed bytea,
  subject_id uuid NOT NULL,
  CONSTRAINT pk_numbers PRIMARY KEY (id),
  CONSTRAINT uq_numbers_tag UNIQUE (tag),
  CONSTRAINT fk_numbers_subject FOREIGN KEY (subject_id) REFERENCES subjects (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX ix_numbers_subject ON numbers (subject_id);
CREATE TABLE subject_numbers (
  number_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  from_at timestamptz NOT NULL,
  to_at timestamptz,
  CONSTRAINT pk_subject_numbers PRIMARY KEY (number_id, from_at)
);
CREATE UNIQUE INDEX uq_subject_numbers_open ON subject_numbers (number_id) WHERE to_at IS NULL;
CREATE INDEX ix_subject_numbers_subject ON subject_numbers (subject_id);

-- A known customer. Its id is the id of its own subject row.
CREATE TABLE people (
  person_id uuid NOT NULL,
  customer_tag bytea,
  customer_sealed bytea,
  created_at timestamptz NOT NULL,
  CONSTRAINT pk_people PRIMARY KEY (person_id),
  CONSTRAINT uq_people_customer_tag UNIQUE (customer_tag),
  CONSTRAINT fk_people_subject FOREIGN KEY (person_id) REFERENCES subjects (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE people_numbers (
  person_id uuid NOT NULL,
  number_id uuid NOT NULL,
  from_at timestamptz NOT NULL,
  to_at timestamptz,
  CONSTRAINT pk_people_numbers PRIMARY KEY (person_id, number_id, from_at)
);
CREATE UNIQUE INDEX uq_people_numbers_open ON people_numbers (number_id, person_id) WHERE to_at IS NULL;

-- Words are kept with the subject they were said of. Where a number and a person part, what one said of the other
-- goes on under an id of its own, so that each can be released alone: \`carried_from\` names the first.
CREATE TABLE suppressions (
  id uuid NOT NULL,
  receipt_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  scope_kind text NOT NULL,
  scope_id text,
  channels text[] NOT NULL,
  purposes text[] NOT NULL,
  source text NOT NULL,
  recorded_at timestamptz NOT NULL,
  until timestamptz,
  recorded_by uuid NOT NULL,
  event_id uuid NOT NULL,
  carried_from uuid,
  CONSTRAINT pk_suppressions PRIMARY KEY (id),
  CONSTRAINT uq_suppressions_receipt UNIQUE (receipt_id)
);
CREATE INDEX ix_suppressions_subject ON suppressions (subject_id, recorded_at DESC, id DESC);
CREATE TABLE suppression_releases (
  suppression_id uuid NOT NULL,
  released_at timestamptz NOT NULL,
  approval_id uuid NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_suppression_releases PRIMARY KEY (suppression_id),
  CONSTRAINT fk_suppression_releases_suppression FOREIGN KEY (suppression_id) REFERENCES suppressions (id)
);
CREATE TABLE preferences (
  id uuid NOT NULL,
  receipt_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  recorded_by uuid NOT NULL,
  event_id uuid NOT NULL,
  carried_from uuid,
  CONSTRAINT pk_preferences PRIMARY KEY (id),
  CONSTRAINT uq_preferences_receipt UNIQUE (receipt_id)
);
CREATE INDEX ix_preferences_subject ON preferences (subject_id, recorded_at DESC, id DESC);
CREATE TABLE preference_withdrawals (
  preference_id uuid NOT NULL,
  withdrawn_at timestamptz NOT NULL,
  approval_id uuid NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_preference_withdrawals PRIMARY KEY (preference_id),
  CONSTRAINT fk_preference_withdrawals_preference FOREIGN KEY (preference_id) REFERENCES preferences (id)
);
CREATE TABLE consent_events (
  id uuid NOT NULL,
  -- Of a withdrawal only: what the person can be told to have been written down.
  receipt_id uuid,
  subject_id uuid NOT NULL,
  -- Whose consent, where known: on a household's number nobody speaks for another.
  person_id uuid,
  kind text NOT NULL,
  scope_kind text,
  scope_id text,
  purposes text[] NOT NULL,
  channels text[] NOT NULL,
  attributes json,
  at timestamptz NOT NULL,
  expires_at timestamptz,
  recorded_at timestamptz NOT NULL,
  recorded_by uuid NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_consent_events PRIMARY KEY (id),
  CONSTRAINT uq_consent_events_receipt UNIQUE (receipt_id),
  CONSTRAINT ck_consent_events_kind CHECK (kind IN ('granted', 'withdrawn'))
);
CREATE INDEX ix_consent_events_subject ON consent_events (subject_id, recorded_at DESC, id DESC);
CREATE TRIGGER tr_suppressions_append_only BEFORE UPDATE OR DELETE ON suppressions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_suppressions_no_truncate BEFORE TRUNCATE ON suppressions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_suppression_releases_append_only BEFORE UPDATE OR DELETE ON suppression_releases FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_suppression_releases_no_truncate BEFORE TRUNCATE ON suppression_releases FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_preferences_append_only BEFORE UPDATE OR DELETE ON preferences FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_preferences_no_truncate BEFORE TRUNCATE ON preferences FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_preference_withdrawals_append_only BEFORE UPDATE OR DELETE ON preference_withdrawals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_preference_withdrawals_no_truncate BEFORE TRUNCATE ON preference_withdrawals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_consent_events_append_only BEFORE UPDATE OR DELETE ON consent_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_consent_events_no_truncate BEFORE TRUNCATE ON consent_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
