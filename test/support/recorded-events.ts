import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { EVENT_SCHEMAS } from '../../src/contracts/events/event-schemas';
import type { EventType } from '../../src/contracts/topics';
import type { TestDatabase } from './database';
import { queryRows } from './database-rows';

/** Enough to see every kind of thing that a test does; a load test records more of the same. */
const MOST_LOOKED_AT = 20_000;

const ajv = addFormats(new Ajv({ allErrors: true, strict: true, strictTypes: false, strictTuples: false }));
const compiled = new Map<string, ValidateFunction>();

/** What is wrong with the data of an event of this type; empty where nothing is. */
export function faultsOf(type: string, data: unknown): string[] {
  const schema = EVENT_SCHEMAS[type as EventType] as object | undefined;
  if (schema === undefined) return [`${type} stands on no topic.`];
  const validate = compiled.get(type) ?? ajv.compile(schema);
  compiled.set(type, validate);
  if (validate(data)) return [];
  return (validate.errors ?? []).map(
    (error) => `${type}${error.instancePath} ${error.message ?? ''}: ${said(error)}`,
  );
}

function said(error: { params: object }): string {
  return JSON.stringify(error.params);
}

/** @throws Error where an event that was recorded is not what its published schema says. */
export async function expectEventsAsPublished(database: TestDatabase): Promise<void> {
  const events = await queryRows<{ type: string; clear: string }>(
    database,
    `SELECT type, clear::text AS clear FROM events LIMIT ${MOST_LOOKED_AT}`,
  );
  const faults = new Set(events.flatMap(({ type, clear }) => faultsOf(type, JSON.parse(clear))));
  if (faults.size > 0) {
    throw new Error(`Events are not what their schemas say:\n  ${[...faults].slice(0, 20).join('\n  ')}`);
  }
}
