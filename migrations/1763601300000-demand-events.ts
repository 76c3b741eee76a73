import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Without the view every event would be handed to the webhooks, in a transaction of its own, to find that nobody
 * subscribes; without the time, whoever answered 410 by mistake would never learn what happened meanwhile.
 */
export class DemandEvents1763601300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
-- Since when, so that what a subscriber missed by mistake is sent when it is back.
ALTER TABLE webhooks ADD COLUMN disabled_at timestamptz;

-- What consumers want of the bus that do not always want it (Consumer.onDemand).
CREATE VIEW event_demands AS
  SELECT DISTINCT 'webhooks' AS consumer, unnest(types) AS type FROM webhooks WHERE state = 'active'
  UNION ALL
  SELECT 'call-directives', word FROM unnest(ARRAY['wish.recorded.v1', 'preference.recorded.v1',
    'consent.withdrawn.v1', 'consent.refused.v1', 'person.changed.v1']) AS word
  WHERE EXISTS (SELECT FROM webhooks WHERE state = 'active' AND 'call.directive.v1' = ANY (types));`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
