import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Stops (API.md, "Running campaigns"): history, as everything is that binds people. A stop stands as long as it has
 * neither ended by itself nor been lifted. The words stand sealed in the events; here every number in them is hidden.
 */
export class CreateStops1763601800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE TABLE stops (
  id uuid NOT NULL,
  scope_kind text NOT NULL,
  scope_id text,
  live text NOT NULL,
  reason text NOT NULL,
  recorded_at timestamptz NOT NULL,
  -- Null where a monitor made it.
  recorded_by uuid,
  until timestamptz,
  event_id uuid NOT NULL,
  CONSTRAINT pk_stops PRIMARY KEY (id),
  CONSTRAINT ck_stops_scope CHECK (scope_kind IN ('all', 'entity', 'line', 'vendor', 'campaign', 'callerId', 'country',
    'subdivision', 'purpose') AND (scope_kind = 'all') = (scope_id IS NULL)),
  CONSTRAINT ck_stops_live CHECK (live IN ('finish', 'end'))
);
CREATE INDEX ix_stops_recorded ON stops (recorded_at DESC, id DESC);
CREATE TABLE stop_lifts (
  stop_id uuid NOT NULL,
  lifted_at timestamptz NOT NULL,
  asked_by uuid NOT NULL,
  lifted_by uuid NOT NULL,
  approval_id uuid NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_stop_lifts PRIMARY KEY (stop_id),
  CONSTRAINT fk_stop_lifts_stop FOREIGN KEY (stop_id) REFERENCES stops (id)
);
-- Stops whose calls are told to subscribers of call.directive.v1, and how far that has come.
CREATE TABLE stop_directives (
  stop_id uuid NOT NULL,
  cause_event_id uuid NOT NULL,
  position uuid NOT NULL,
  until uuid NOT NULL,
  finished_at timestamptz,
  CONSTRAINT pk_stop_directives PRIMARY KEY (stop_id),
  CONSTRAINT fk_stop_directives_stop FOREIGN KEY (stop_id) REFERENCES stops (id)
);
CREATE INDEX ix_stop_directives_open ON stop_directives (stop_id) WHERE finished_at IS NULL;

CREATE OR REPLACE VIEW event_demands AS
  SELECT DISTINCT 'webhooks' AS consumer, unnest(types) AS type FROM webhooks WHERE state = 'active'
  UNION ALL
  SELECT 'call-directives', word FROM unnest(ARRAY['wish.recorded.v1', 'preference.recorded.v1',
    'consent.withdrawn.v1', 'consent.refused.v1', 'person.changed.v1']) AS word
  WHERE EXISTS (SELECT FROM webhooks WHERE state = 'active' AND 'call.directive.v1' = ANY (types))
  UNION ALL
  SELECT 'stop-directives', 'stop.recorded.v1'
  WHERE EXISTS (SELECT FROM webhooks WHERE state = 'active' AND 'call.directive.v1' = ANY (types));`);
    for (const table of ['stops', 'stop_lifts']) {
      await runner.query(`
CREATE TRIGGER tr_${table}_append_only BEFORE UPDATE OR DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_${table}_no_truncate BEFORE TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`);
    }
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
