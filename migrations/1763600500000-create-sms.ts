import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Inbound SMS (API.md, "People's wishes"). Neither a number nor a text is in these tables: messages are known by keyed
 * hashes, what was said stands sealed in the person's record, and a reply is sealed until it is sent.
 */
export class CreateSms1763600500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
-- That a message was taken. Its tag is a keyed hash of its id, and content_tag one of sender, receiver and text.
CREATE TABLE sms_messages (
  tag bytea NOT NULL,
  content_tag bytea NOT NULL,
  received_at timestamptz NOT NULL,
  -- Whether received_at is the provider's word. Otherwise it is when we were told.
  dated boolean NOT NULL,
  action text NOT NULL,
  recorded_at timestamptz NOT NULL,
  -- What it said, in the record of whose word it was; null where it changed nothing.
  event_id uuid,
  CONSTRAINT pk_sms_messages PRIMARY KEY (tag),
  CONSTRAINT ck_sms_messages_action CHECK (action IN ('opted_out', 'opted_in', 'help', 'none'))
);
CREATE TRIGGER tr_sms_messages_append_only BEFORE UPDATE OR DELETE ON sms_messages FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_sms_messages_no_truncate BEFORE TRUNCATE ON sms_messages FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Replies that wait for their sender, and what became of the others. A queue and no history: it is changed in place,
-- and what a reply says is gone as soon as it is sent, refused or too late.
CREATE TABLE sms_replies (
  id uuid NOT NULL,
  sealed bytea,
  send_before timestamptz NOT NULL,
  -- When to try next; while somebody tries, when it may be tried by another.
  due_at timestamptz NOT NULL,
  attempts int NOT NULL,
  state text NOT NULL,
  queued_at timestamptz NOT NULL,
  finished_at timestamptz,
  CONSTRAINT pk_sms_replies PRIMARY KEY (id),
  CONSTRAINT ck_sms_replies_state CHECK (state IN ('queued', 'sent', 'refused', 'expired')),
  CONSTRAINT ck_sms_replies_sealed CHECK ((sealed IS NOT NULL) = (state = 'queued'))
) WITH (autovacuum_vacuum_scale_factor = 0.01);
CREATE INDEX ix_sms_replies_due ON sms_replies (due_at) WHERE state = 'queued';

-- Words are judged by when they were said, in whatever order they come (RULINGS 19): when a wish was said, where that
-- is not when it was recorded, and when a person asked to be contacted again.
CREATE TABLE suppression_words (
  suppression_id uuid NOT NULL,
  said_at timestamptz NOT NULL,
  CONSTRAINT pk_suppression_words PRIMARY KEY (suppression_id),
  CONSTRAINT fk_suppression_words_suppression FOREIGN KEY (suppression_id) REFERENCES suppressions (id)
);
CREATE TABLE opt_in_words (
  event_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  said_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_opt_in_words PRIMARY KEY (event_id)
);
CREATE INDEX ix_opt_in_words_subject ON opt_in_words (subject_id, said_at);
CREATE TRIGGER tr_suppression_words_append_only BEFORE UPDATE OR DELETE ON suppression_words FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_suppression_words_no_truncate BEFORE TRUNCATE ON suppression_words FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_opt_in_words_append_only BEFORE UPDATE OR DELETE ON opt_in_words FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_opt_in_words_no_truncate BEFORE TRUNCATE ON opt_in_words FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A wish that the person's own later word lifted needed nobody's approval (RULINGS 20).
ALTER TABLE suppression_releases ALTER COLUMN approval_id DROP NOT NULL;`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
