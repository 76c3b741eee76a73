/**
 * The same facts as an ordinary design keeps them: one table a kind of thing, an index for each question that a
 * decision asks. Campaigns, scripts, caller ids, vendors and clients are ordinary tables already and are shared.
 */
export const ORDINARY_SCHEMA = `
CREATE SCHEMA ordinary;
CREATE TABLE ordinary.persons (
  id uuid NOT NULL,
  wrapping_key bytea NOT NULL,
  age_band text,
  time_zone text,
  subdivision text,
  created_at timestamptz NOT NULL
);
CREATE TABLE ordinary.numbers (
  id uuid NOT NULL,
  tag bytea NOT NULL,
  sealed bytea NOT NULL,
  person_id uuid NOT NULL
);
CREATE TABLE ordinary.wishes (
  id uuid NOT NULL,
  person_id uuid NOT NULL,
  scope_kind text NOT NULL,
  scope_id text,
  channels text[] NOT NULL,
  purposes text[] NOT NULL,
  source text NOT NULL,
  recorded_at timestamptz NOT NULL,
  until timestamptz,
  released_at timestamptz
);
CREATE TABLE ordinary.consents (
  id uuid NOT NULL,
  person_id uuid NOT NULL,
  scope_kind text NOT NULL,
  scope_id text NOT NULL,
  purposes text[] NOT NULL,
  channels text[] NOT NULL,
  attributes json NOT NULL,
  granted_at timestamptz NOT NULL,
  expires_at timestamptz,
  withdrawn_at timestamptz
);
-- Pauses, chosen hours, and what was said in earlier calls ("not now", "not interested").
CREATE TABLE ordinary.preferences (
  id uuid NOT NULL,
  person_id uuid NOT NULL,
  kind text NOT NULL,
  recorded_at timestamptz NOT NULL,
  until timestamptz,
  body json NOT NULL
);
CREATE TABLE ordinary.calls (
  id uuid NOT NULL,
  person_id uuid NOT NULL,
  client_id uuid NOT NULL,
  external_call_id text,
  campaign_id text NOT NULL,
  vendor_id text,
  purpose text NOT NULL,
  outcome text NOT NULL,
  codes text[] NOT NULL,
  policy_version text NOT NULL,
  decided_at timestamptz NOT NULL,
  expires_at timestamptz,
  not_before timestamptz,
  voided_at timestamptz,
  redeemed_at timestamptz,
  placed_at timestamptz,
  answered boolean,
  ended_at timestamptz
);
CREATE TABLE ordinary.events (
  event_id uuid NOT NULL,
  type text NOT NULL,
  person_id uuid,
  recorded_at timestamptz NOT NULL,
  clear json NOT NULL,
  sealed bytea NOT NULL,
  wrapped_key bytea NOT NULL,
  entry bytea NOT NULL
);
CREATE TABLE ordinary.outbox (
  seq bigserial NOT NULL,
  bucket smallint NOT NULL,
  event_id uuid NOT NULL
);`;

/** After the rows, each statement one lane's work. */
export const ORDINARY_INDEXES = [
  `ALTER TABLE ordinary.persons ADD CONSTRAINT pk_persons PRIMARY KEY (id)`,
  `ALTER TABLE ordinary.numbers ADD CONSTRAINT pk_numbers PRIMARY KEY (id)`,
  `ALTER TABLE ordinary.numbers ADD CONSTRAINT uq_numbers_tag UNIQUE (tag)`,
  `ALTER TABLE ordinary.wishes ADD CONSTRAINT pk_wishes PRIMARY KEY (id)`,
  `CREATE INDEX ix_wishes_person ON ordinary.wishes (person_id) WHERE released_at IS NULL`,
  `ALTER TABLE ordinary.consents ADD CONSTRAINT pk_consents PRIMARY KEY (id)`,
  `CREATE INDEX ix_consents_person ON ordinary.consents (person_id)`,
  `ALTER TABLE ordinary.preferences ADD CONSTRAINT pk_preferences PRIMARY KEY (id)`,
  `CREATE INDEX ix_preferences_person ON ordinary.preferences (person_id)`,
  `ALTER TABLE ordinary.calls ADD CONSTRAINT pk_calls PRIMARY KEY (id)`,
  `CREATE INDEX ix_calls_person ON ordinary.calls (person_id, decided_at) WHERE outcome = 'allow'`,
  `CREATE UNIQUE INDEX uq_calls_external ON ordinary.calls (client_id, external_call_id)`,
  `ALTER TABLE ordinary.events ADD CONSTRAINT pk_events PRIMARY KEY (event_id)`,
  `CREATE INDEX ix_events_person ON ordinary.events (person_id, event_id)`,
  `ALTER TABLE ordinary.outbox ADD CONSTRAINT pk_outbox PRIMARY KEY (seq)`,
] as const;

/** Of whom and under what the past calls were asked for. Only random ids and codes; it is put into SQL as it is. */
export interface PastCalls {
  clientId: string;
  /** Events of an earlier month lie in partitions that no decision of the benchmark touches, and are left out. */
  eventsSince: string;
}

const PAST_EVENTS = (table: string, owner: string, since: string): string => `
INSERT INTO ${table} (event_id, type, ${owner}, recorded_at, clear, sealed, wrapped_key, entry)
SELECT c.id, 'call.decided.v1', c.person_id, c.decided_at, '{}', uuid_send(c.person_id), sha256(uuid_send(c.id)), uuid_send(c.id)
FROM ordinary.calls c WHERE c.id >= uuid_v7_floor('${since}')`;

/** What follows from the copied tables. The longest work comes first. */
export const FILLS: readonly { table: string; sql: (past: PastCalls) => string }[] = [
  {
    table: 'calls',
    sql: () => `
INSERT INTO calls (call_id, event_id, subject_id, client_id, campaign_id, vendor_id, outcome, codes, decided_at, expires_at, policy_version)
SELECT id, gen_random_uuid(), person_id, client_id, campaign_id, vendor_id, outcome, codes, decided_at, expires_at, policy_version
FROM ordinary.calls`,
  },
  {
    table: 'call_keys',
    sql: () => `
INSERT INTO call_keys (client_id, key, request, call_id)
SELECT client_id, sha256(convert_to(external_call_id, 'UTF8')), sha256(uuid_send(id)), id FROM ordinary.calls`,
  },
  { table: 'events', sql: ({ eventsSince }) => PAST_EVENTS('events', 'subject_id', eventsSince) },
  {
    table: 'ordinary.events',
    sql: ({ eventsSince }) => PAST_EVENTS('ordinary.events', 'person_id', eventsSince),
  },
  {
    table: 'suppressions',
    sql: ({ clientId }) => `
INSERT INTO suppressions (id, receipt_id, subject_id, scope_kind, scope_id, channels, purposes, source, recorded_at, recorded_by, event_id)
SELECT id, gen_random_uuid(), person_id, scope_kind, scope_id, channels, purposes, source, recorded_at, '${clientId}', gen_random_uuid()
FROM ordinary.wishes`,
  },
  {
    table: 'consent_events',
    sql: ({ clientId }) => `
INSERT INTO consent_events (id, subject_id, person_id, kind, scope_kind, scope_id, purposes, channels, attributes, at, recorded_at,
  recorded_by, event_id)
SELECT id, person_id, person_id, 'granted', scope_kind, scope_id, purposes, channels, attributes, granted_at, granted_at, '${clientId}',
  gen_random_uuid()
FROM ordinary.consents`,
  },
  {
    table: 'ordinary.persons',
    sql: () => `
INSERT INTO ordinary.persons (id, wrapping_key, age_band, created_at) SELECT id, wrapping_key, '18_64', created_at FROM subjects`,
  },
  {
    table: 'ordinary.numbers',
    sql: () => `
INSERT INTO ordinary.numbers (id, tag, sealed, person_id) SELECT id, tag, sealed, subject_id FROM numbers`,
  },
  {
    table: 'subject_numbers',
    sql: () => `
INSERT INTO subject_numbers (number_id, subject_id, from_at) SELECT id, subject_id, '2024-12-18T00:00:00Z' FROM numbers`,
  },
  {
    table: 'people_numbers',
    sql: () => `
INSERT INTO people_numbers (person_id, number_id, from_at) SELECT subject_id, id, '2024-12-18T00:00:00Z' FROM numbers`,
  },
];
