import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the institution sets up: clients, entities, vendors, campaigns, scripts, caller ids, approvals.
 * `settings_version` is one row that every change of a setting increments in its own transaction. A process caches
 * all settings and checks that number inside the statement that writes a decision, so a pause, a stop or a revoked
 * key binds the next decision on every process without a second query.
 */
export class CreateSettings1763600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE TABLE installation (
  one boolean NOT NULL DEFAULT true,
  instance_id uuid NOT NULL,
  ledger_origin text NOT NULL,
  installed_at timestamptz NOT NULL,
  CONSTRAINT pk_installation PRIMARY KEY (one),
  CONSTRAINT ck_installation_one CHECK (one)
);
CREATE TABLE installation_keys (
  id text NOT NULL,
  wrapped bytea NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT pk_installation_keys PRIMARY KEY (id)
);
CREATE TABLE settings_version (
  one boolean NOT NULL DEFAULT true,
  version bigint NOT NULL,
  CONSTRAINT pk_settings_version PRIMARY KEY (one),
  CONSTRAINT ck_settings_version_one CHECK (one)
);
INSERT INTO settings_version (version) VALUES (1);

CREATE TABLE entities (
  id text NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT pk_entities PRIMARY KEY (id)
);
CREATE TABLE vendors (
  id text NOT NULL,
  name text NOT NULL,
  status text NOT NULL,
  contact text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT pk_vendors PRIMARY KEY (id),
  CONSTRAINT ck_vendors_status CHECK (status IN ('active', 'ended'))
);
CREATE TABLE clients (
  id uuid NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  roles text[] NOT NULL,
  vendor_id text,
  state text NOT NULL,
  held_compliance boolean NOT NULL DEFAULT false,
  vouched_at timestamptz,
  created_at timestamptz NOT NULL,
  created_by uuid,
  CONSTRAINT pk_clients PRIMARY KEY (id),
  CONSTRAINT fk_clients_vendor FOREIGN KEY (vendor_id) REFERENCES vendors (id),
  CONSTRAINT ck_clients_kind CHECK (kind IN ('system', 'person')),
  CONSTRAINT ck_clients_state CHECK (state IN ('active', 'revoked'))
);
CREATE TABLE client_keys (
  id uuid NOT NULL,
  client_id uuid NOT NULL,
  hash bytea NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  CONSTRAINT pk_client_keys PRIMARY KEY (id),
  CONSTRAINT uq_client_keys_hash UNIQUE (hash),
  CONSTRAINT fk_client_keys_client FOREIGN KEY (client_id) REFERENCES clients (id)
);
CREATE TABLE campaigns (
  id text NOT NULL,
  name text NOT NULL,
  entity text NOT NULL,
  line text NOT NULL,
  product text NOT NULL,
  product_risk text,
  purpose text NOT NULL,
  vendor_id text,
  caller_ids text[] NOT NULL,
  voice text NOT NULL,
  script_version text,
  shares_data boolean NOT NULL,
  uses_sensitive_data boolean NOT NULL,
  opt_out_key text NOT NULL,
  state text NOT NULL,
  edited_by uuid NOT NULL,
  written_by uuid[] NOT NULL DEFAULT '{}',
  submitted_by uuid,
  approved_by uuid,
  approved_until timestamptz,
  review_comment text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT pk_campaigns PRIMARY KEY (id),
  CONSTRAINT fk_campaigns_entity FOREIGN KEY (entity) REFERENCES entities (id),
  CONSTRAINT fk_campaigns_vendor FOREIGN KEY (vendor_id) REFERENCES vendors (id),
  CONSTRAINT ck_campaigns_state CHECK (state IN ('draft', 'submitted', 'returned', 'approved', 'running', 'paused', 'ended'))
);
CREATE TABLE scripts (
  campaign_id text NOT NULL,
  version text NOT NULL,
  kind text NOT NULL,
  text text NOT NULL,
  disclosure text NOT NULL,
  language text NOT NULL,
  model text,
  text_sha256 text NOT NULL,
  state text NOT NULL,
  submitted_by uuid NOT NULL,
  approved_by uuid,
  approved_at timestamptz,
  created_at timestamptz NOT NULL,
  CONSTRAINT pk_scripts PRIMARY KEY (campaign_id, version),
  CONSTRAINT fk_scripts_campaign FOREIGN KEY (campaign_id) REFERENCES campaigns (id),
  CONSTRAINT ck_scripts_kind CHECK (kind IN ('fixed', 'model')),
  CONSTRAINT ck_scripts_state CHECK (state IN ('submitted', 'approved'))
);
CREATE TABLE caller_ids (
  id text NOT NULL,
  number text NOT NULL,
  class text NOT NULL,
  entity text NOT NULL,
  right_of_use_document text NOT NULL,
  right_of_use_expires timestamptz NOT NULL,
  purposes text[] NOT NULL,
  vendors text[] NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT pk_caller_ids PRIMARY KEY (id),
  CONSTRAINT uq_caller_ids_number UNIQUE (number),
  CONSTRAINT fk_caller_ids_entity FOREIGN KEY (entity) REFERENCES entities (id)
);
CREATE TABLE approvals (
  id uuid NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL,
  before json,
  after json NOT NULL,
  asked_by uuid NOT NULL,
  asked_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  state text NOT NULL,
  decided_by uuid,
  decided_at timestamptz,
  comment text,
  used_at timestamptz,
  CONSTRAINT pk_approvals PRIMARY KEY (id),
  CONSTRAINT ck_approvals_state CHECK (state IN ('pending', 'approved', 'rejected', 'expired'))
);
CREATE INDEX ix_approvals_state ON approvals (state, asked_at DESC, id DESC);
CREATE TABLE policy_versions (
  version text NOT NULL,
  body json NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_policy_versions PRIMARY KEY (version)
);`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations go forward only: restore a backup to go back.'));
  }
}
