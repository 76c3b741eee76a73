import type { InboundTopic } from '../../src/contracts/inbound-topics';
import type { InboundReader, InboundRecord } from '../../src/platform/bus/inbound';
import { InboundReaders } from '../../src/services/front-door/inbound-readers';
import type { TestApp } from './app';
import { queryRows } from './database-rows';

/** What a system of the institution publishes. */
export interface Published {
  id: string;
  type: string;
  data: unknown;
  key?: string;
  source?: string;
  time?: string;
}

let lastOffset = 0;

/** The record of an event in binary mode, each at an offset of its own. */
export function recordOf(topic: InboundTopic, event: Published): InboundRecord {
  const { id, type, data, key, source = '/bank/crm', time } = event;
  return {
    topic,
    partition: 0,
    offset: String(lastOffset++),
    key,
    headers: {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: id,
      ce_source: source,
      ce_type: type,
      ...(time === undefined ? {} : { ce_time: time }),
    },
    value: typeof data === 'string' ? Buffer.from(data) : Buffer.from(JSON.stringify(data)),
  };
}

/** Hands records to the reader of their topic, as an adapter does. */
export async function take(
  app: TestApp,
  records: readonly InboundRecord[],
  signal = new AbortController().signal,
): Promise<void> {
  const [first] = records;
  if (first !== undefined) await readerOf(app, first.topic).take(records, signal);
}

export function readerOf(app: TestApp, topic: InboundTopic): InboundReader {
  const reader = app.nest.get(InboundReaders).all.find((one) => one.topic === topic);
  if (reader === undefined) throw new Error(`Nobody reads ${topic}.`);
  return reader;
}

/** An event as it left: what travels with it goes with its place in the queue, so it is noted there. */
export interface Left {
  type: string;
  clear: Record<string, unknown>;
  attributes: Record<string, string> | null;
  subjectId: string | null;
}

/** From now on everything that is queued can be read back. */
export async function noteWhatLeaves(app: TestApp): Promise<void> {
  await queryRows(
    app.database,
    `
CREATE TABLE left_events (seq bigint, event_id uuid, attributes json);
ALTER TABLE left_events OWNER TO quietline;
CREATE FUNCTION note_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO left_events VALUES (NEW.seq, NEW.event_id, NEW.attributes); RETURN NEW; END $$;
CREATE TRIGGER note_left AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION note_left()`,
  );
}

export async function left(app: TestApp, ...types: string[]): Promise<Left[]> {
  return queryRows<Left>(
    app.database,
    `SELECT e.type, e.clear, l.attributes, e.subject_id AS "subjectId"
FROM left_events l JOIN events e USING (event_id) WHERE e.type = ANY ($1) ORDER BY l.seq`,
    [types],
  );
}
