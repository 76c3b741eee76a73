import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Words count by when they were said: what is learned of that later is written beside what was taken for it before. And
 * words that are said again and again stand on a person's row once.
 */
export class WordTimes1763601500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
-- The provider's own time of a message that was brought without one, as a list told it later.
CREATE TABLE sms_message_times (
  tag bytea NOT NULL,
  received_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  -- In the record of whose word it was; null where the message had changed nothing.
  event_id uuid,
  CONSTRAINT pk_sms_message_times PRIMARY KEY (tag),
  CONSTRAINT fk_sms_message_times_message FOREIGN KEY (tag) REFERENCES sms_messages (tag)
);
CREATE TRIGGER tr_sms_message_times_append_only BEFORE UPDATE OR DELETE ON sms_message_times FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_sms_message_times_no_truncate BEFORE TRUNCATE ON sms_message_times FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- When a person really asked to be contacted again, where that was before we had taken it to be.
CREATE TABLE opt_in_times (
  event_id uuid NOT NULL,
  said_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  -- In the person's record, by which it became known.
  cause_event_id uuid NOT NULL,
  CONSTRAINT pk_opt_in_times PRIMARY KEY (event_id),
  CONSTRAINT fk_opt_in_times_word FOREIGN KEY (event_id) REFERENCES opt_in_words (event_id)
);
CREATE TRIGGER tr_opt_in_times_append_only BEFORE UPDATE OR DELETE ON opt_in_times FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_opt_in_times_no_truncate BEFORE TRUNCATE ON opt_in_times FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A wish or preference that another one of the same person's stands for on the rows that decisions lock, as long as
-- that one is not lifted.
CREATE TABLE words_set_aside (
  word_id uuid NOT NULL,
  by_id uuid NOT NULL,
  word_recorded_at timestamptz NOT NULL,
  -- The end of a wish or of a pause; null where there is none.
  word_until timestamptz,
  CONSTRAINT pk_words_set_aside PRIMARY KEY (word_id, by_id)
);
CREATE INDEX ix_words_set_aside_by ON words_set_aside (by_id);
CREATE TRIGGER tr_words_set_aside_append_only BEFORE UPDATE OR DELETE ON words_set_aside FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_words_set_aside_no_truncate BEFORE TRUNCATE ON words_set_aside FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
