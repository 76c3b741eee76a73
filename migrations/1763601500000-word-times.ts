import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Words count by when they were said: what is learned of that later is written beside what was taken for it before. */
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
CREATE TRIGGER tr_opt_in_times_no_truncate BEFORE TRUNCATE ON opt_in_times FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
