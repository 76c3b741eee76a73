-- Made from the migrations by scripts/generated.mjs. Not run by anything.

CREATE OR REPLACE FUNCTION public.ensure_monthly_partitions(parent text, since timestamp with time zone, months integer)
 RETURNS void
 LANGUAGE plpgsql
 SET lock_timeout TO '2s'
AS $function$
DECLARE
  month timestamptz := date_trunc('month', since AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
  following timestamptz;
  part text;
BEGIN
  FOR i IN 0..months LOOP
    following := ((month AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
    part := parent || '_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
    IF NOT has_partition(parent, part) THEN
      PERFORM pg_advisory_xact_lock(hashtext('ensure_monthly_partitions'));
      -- Another process may have made it while we waited.
      IF NOT has_partition(parent, part) THEN
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL) WITH (toast_tuple_target = 8160)', part, parent);
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
          'tr_' || parent || '_no_truncate', part);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
          parent, part, uuid_v7_floor(month), uuid_v7_floor(following));
      END IF;
    END IF;
    month := following;
  END LOOP;
END $function$;

CREATE OR REPLACE FUNCTION public.has_partition(parent text, part text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  SELECT EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = quote_ident(parent)::regclass AND c.relname = part)
$function$;

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $function$;

CREATE OR REPLACE FUNCTION public.uuid_v7_floor(at timestamp with time zone)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$function$;

CREATE TABLE approvals (
  id uuid NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL,
  before json,
  after json NOT NULL,
  asked_by uuid NOT NULL,
  asked_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  state text NOT NULL,
  decided_by uuid,
  decided_at timestamp with time zone,
  comment text,
  used_at timestamp with time zone,
  CONSTRAINT pk_approvals PRIMARY KEY (id),
  CONSTRAINT ck_approvals_state CHECK ((state = ANY (ARRAY['pending'::text, 'approved'::text, 'rejected'::text, 'expired'::text])))
);
CREATE INDEX ix_approvals_state ON public.approvals USING btree (state, asked_at DESC, id DESC);

CREATE TABLE call_events (
  call_id uuid NOT NULL,
  dedupe bytea NOT NULL,
  event_id uuid NOT NULL,
  type text NOT NULL,
  at timestamp with time zone NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  code text,
  seconds integer,
  effective boolean NOT NULL,
  flags text[] NOT NULL,
  CONSTRAINT pk_call_events PRIMARY KEY (call_id, dedupe)
) PARTITION BY RANGE (call_id);
CREATE TRIGGER tr_call_events_append_only BEFORE DELETE OR UPDATE ON public.call_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_call_events_no_truncate BEFORE TRUNCATE ON public.call_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE call_keys (
  client_id uuid NOT NULL,
  key bytea NOT NULL,
  request bytea NOT NULL,
  call_id uuid NOT NULL,
  CONSTRAINT pk_call_keys PRIMARY KEY (client_id, key)
) WITH (autovacuum_vacuum_scale_factor=0.01);
CREATE INDEX ix_call_keys_call ON public.call_keys USING brin (call_id);

CREATE TABLE caller_ids (
  id text NOT NULL,
  number text NOT NULL,
  class text NOT NULL,
  entity text NOT NULL,
  right_of_use_document text NOT NULL,
  right_of_use_expires timestamp with time zone NOT NULL,
  purposes text[] NOT NULL,
  vendors text[] NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_caller_ids PRIMARY KEY (id),
  CONSTRAINT fk_caller_ids_entity FOREIGN KEY (entity) REFERENCES entities(id),
  CONSTRAINT uq_caller_ids_number UNIQUE (number)
);

CREATE TABLE calls (
  call_id uuid NOT NULL,
  event_id uuid NOT NULL,
  subject_id uuid,
  client_id uuid NOT NULL,
  campaign_id text,
  vendor_id text,
  outcome text NOT NULL,
  codes text[] NOT NULL,
  decided_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone,
  not_before timestamp with time zone,
  policy_version text NOT NULL,
  CONSTRAINT pk_calls PRIMARY KEY (call_id),
  CONSTRAINT ck_calls_outcome CHECK ((outcome = ANY (ARRAY['allow'::text, 'deny'::text, 'defer'::text])))
) PARTITION BY RANGE (call_id);
CREATE TRIGGER tr_calls_append_only BEFORE DELETE OR UPDATE ON public.calls FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_calls_no_truncate BEFORE TRUNCATE ON public.calls FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

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
  written_by uuid[] NOT NULL DEFAULT '{}'::uuid[],
  submitted_by uuid,
  approved_by uuid,
  approved_until timestamp with time zone,
  review_comment text,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_campaigns PRIMARY KEY (id),
  CONSTRAINT ck_campaigns_state CHECK ((state = ANY (ARRAY['draft'::text, 'submitted'::text, 'returned'::text, 'approved'::text, 'running'::text, 'paused'::text, 'ended'::text]))),
  CONSTRAINT fk_campaigns_entity FOREIGN KEY (entity) REFERENCES entities(id),
  CONSTRAINT fk_campaigns_vendor FOREIGN KEY (vendor_id) REFERENCES vendors(id)
);

CREATE TABLE client_keys (
  id uuid NOT NULL,
  client_id uuid NOT NULL,
  hash bytea NOT NULL,
  created_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone,
  CONSTRAINT pk_client_keys PRIMARY KEY (id),
  CONSTRAINT fk_client_keys_client FOREIGN KEY (client_id) REFERENCES clients(id),
  CONSTRAINT uq_client_keys_hash UNIQUE (hash)
);

CREATE TABLE clients (
  id uuid NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  roles text[] NOT NULL,
  vendor_id text,
  state text NOT NULL,
  held_compliance boolean NOT NULL DEFAULT false,
  vouched_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL,
  created_by uuid,
  CONSTRAINT pk_clients PRIMARY KEY (id),
  CONSTRAINT ck_clients_kind CHECK ((kind = ANY (ARRAY['system'::text, 'person'::text]))),
  CONSTRAINT ck_clients_state CHECK ((state = ANY (ARRAY['active'::text, 'revoked'::text]))),
  CONSTRAINT fk_clients_vendor FOREIGN KEY (vendor_id) REFERENCES vendors(id)
);

CREATE TABLE consent_events (
  id uuid NOT NULL,
  receipt_id uuid,
  subject_id uuid NOT NULL,
  person_id uuid,
  kind text NOT NULL,
  scope_kind text,
  scope_id text,
  purposes text[] NOT NULL,
  channels text[] NOT NULL,
  attributes json,
  at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone,
  recorded_at timestamp with time zone NOT NULL,
  recorded_by uuid NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_consent_events PRIMARY KEY (id),
  CONSTRAINT ck_consent_events_kind CHECK ((kind = ANY (ARRAY['granted'::text, 'withdrawn'::text]))),
  CONSTRAINT uq_consent_events_receipt UNIQUE (receipt_id)
);
CREATE INDEX ix_consent_events_subject ON public.consent_events USING btree (subject_id, recorded_at DESC, id DESC);
CREATE TRIGGER tr_consent_events_append_only BEFORE DELETE OR UPDATE ON public.consent_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_consent_events_no_truncate BEFORE TRUNCATE ON public.consent_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE dead_letters (
  consumer text NOT NULL,
  event_id uuid NOT NULL,
  seq bigint NOT NULL DEFAULT nextval('dead_letters_seq_seq'::regclass),
  partition_key text NOT NULL,
  parked_behind uuid,
  attempts integer NOT NULL,
  reason text NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_dead_letters PRIMARY KEY (consumer, event_id)
);
CREATE INDEX ix_dead_letters_key ON public.dead_letters USING btree (consumer, partition_key, seq);

CREATE TABLE entities (
  id text NOT NULL,
  name text NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_entities PRIMARY KEY (id)
);

CREATE TABLE events (
  event_id uuid NOT NULL,
  type text NOT NULL,
  subject_id uuid,
  recorded_at timestamp with time zone NOT NULL,
  clear json NOT NULL,
  sealed bytea NOT NULL,
  wrapped_key bytea NOT NULL,
  entry bytea NOT NULL,
  CONSTRAINT pk_events PRIMARY KEY (event_id)
) PARTITION BY RANGE (event_id);
CREATE INDEX ix_events_subject ON ONLY public.events USING btree (subject_id, event_id) WHERE (subject_id IS NOT NULL);
CREATE TRIGGER tr_events_append_only BEFORE DELETE OR UPDATE ON public.events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_events_no_truncate BEFORE TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE idempotency_keys (
  scope bytea NOT NULL,
  fingerprint bytea NOT NULL,
  sealed_answer bytea,
  created_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_idempotency_keys PRIMARY KEY (scope)
);
CREATE INDEX ix_idempotency_keys_expiry ON public.idempotency_keys USING btree (expires_at);

CREATE TABLE inbox (
  consumer text NOT NULL,
  event_id uuid NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_inbox PRIMARY KEY (consumer, event_id)
) WITH (autovacuum_vacuum_scale_factor=0.01);

CREATE TABLE installation (
  one boolean NOT NULL DEFAULT true,
  instance_id uuid NOT NULL,
  ledger_origin text NOT NULL,
  installed_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_installation PRIMARY KEY (one),
  CONSTRAINT ck_installation_one CHECK (one)
);

CREATE TABLE installation_keys (
  id text NOT NULL,
  wrapped bytea NOT NULL,
  created_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_installation_keys PRIMARY KEY (id)
);

CREATE TABLE migrations (
  id integer NOT NULL DEFAULT nextval('migrations_id_seq'::regclass),
  timestamp bigint NOT NULL,
  name character varying NOT NULL,
  CONSTRAINT PK_8c82d7f526340ab734260ea46be PRIMARY KEY (id)
);

CREATE TABLE numbers (
  id uuid NOT NULL,
  tag bytea,
  tag_version smallint NOT NULL,
  sealed bytea,
  subject_id uuid NOT NULL,
  CONSTRAINT pk_numbers PRIMARY KEY (id),
  CONSTRAINT fk_numbers_subject FOREIGN KEY (subject_id) REFERENCES subjects(id) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT uq_numbers_tag UNIQUE (tag)
);
CREATE INDEX ix_numbers_subject ON public.numbers USING btree (subject_id);

CREATE TABLE outbox (
  seq bigint NOT NULL DEFAULT nextval('outbox_seq_seq'::regclass),
  bucket smallint NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_outbox PRIMARY KEY (bucket, seq),
  CONSTRAINT ck_outbox_bucket CHECK (((bucket >= 0) AND (bucket <= 15)))
) WITH (autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_cost_delay=0);

CREATE TABLE outbox_leases (
  bucket smallint NOT NULL,
  epoch bigint NOT NULL,
  holder uuid,
  expires_at timestamp with time zone,
  CONSTRAINT pk_outbox_leases PRIMARY KEY (bucket)
);

CREATE TABLE outbox_relays (
  holder uuid NOT NULL,
  subscriptions text[] NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  remembered_until timestamp with time zone NOT NULL,
  CONSTRAINT pk_outbox_relays PRIMARY KEY (holder)
);

CREATE TABLE people (
  person_id uuid NOT NULL,
  customer_tag bytea,
  customer_sealed bytea,
  created_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_people PRIMARY KEY (person_id),
  CONSTRAINT fk_people_subject FOREIGN KEY (person_id) REFERENCES subjects(id) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT uq_people_customer_tag UNIQUE (customer_tag)
);

CREATE TABLE people_numbers (
  person_id uuid NOT NULL,
  number_id uuid NOT NULL,
  from_at timestamp with time zone NOT NULL,
  to_at timestamp with time zone,
  CONSTRAINT pk_people_numbers PRIMARY KEY (person_id, number_id, from_at)
);
CREATE UNIQUE INDEX uq_people_numbers_open ON public.people_numbers USING btree (number_id, person_id) WHERE (to_at IS NULL);

CREATE TABLE policy_versions (
  version text NOT NULL,
  body json NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_policy_versions PRIMARY KEY (version)
);

CREATE TABLE preference_withdrawals (
  preference_id uuid NOT NULL,
  withdrawn_at timestamp with time zone NOT NULL,
  approval_id uuid NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_preference_withdrawals PRIMARY KEY (preference_id),
  CONSTRAINT fk_preference_withdrawals_preference FOREIGN KEY (preference_id) REFERENCES preferences(id)
);
CREATE TRIGGER tr_preference_withdrawals_append_only BEFORE DELETE OR UPDATE ON public.preference_withdrawals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_preference_withdrawals_no_truncate BEFORE TRUNCATE ON public.preference_withdrawals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE preferences (
  id uuid NOT NULL,
  receipt_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  recorded_by uuid NOT NULL,
  event_id uuid NOT NULL,
  carried_from uuid,
  CONSTRAINT pk_preferences PRIMARY KEY (id),
  CONSTRAINT uq_preferences_receipt UNIQUE (receipt_id)
);
CREATE INDEX ix_preferences_subject ON public.preferences USING btree (subject_id, recorded_at DESC, id DESC);
CREATE TRIGGER tr_preferences_append_only BEFORE DELETE OR UPDATE ON public.preferences FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_preferences_no_truncate BEFORE TRUNCATE ON public.preferences FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

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
  approved_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_scripts PRIMARY KEY (campaign_id, version),
  CONSTRAINT ck_scripts_kind CHECK ((kind = ANY (ARRAY['fixed'::text, 'model'::text]))),
  CONSTRAINT ck_scripts_state CHECK ((state = ANY (ARRAY['submitted'::text, 'approved'::text]))),
  CONSTRAINT fk_scripts_campaign FOREIGN KEY (campaign_id) REFERENCES campaigns(id)
);

CREATE TABLE settings_version (
  one boolean NOT NULL DEFAULT true,
  version bigint NOT NULL,
  CONSTRAINT pk_settings_version PRIMARY KEY (one),
  CONSTRAINT ck_settings_version_one CHECK (one)
);

CREATE TABLE subject_numbers (
  number_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  from_at timestamp with time zone NOT NULL,
  to_at timestamp with time zone,
  CONSTRAINT pk_subject_numbers PRIMARY KEY (number_id, from_at)
);
CREATE INDEX ix_subject_numbers_subject ON public.subject_numbers USING btree (subject_id);
CREATE UNIQUE INDEX uq_subject_numbers_open ON public.subject_numbers USING btree (number_id) WHERE (to_at IS NULL);

CREATE TABLE subjects (
  id uuid NOT NULL,
  kind text NOT NULL,
  tags bytea NOT NULL,
  facts json NOT NULL,
  slots json NOT NULL,
  wrapping_key bytea,
  merged_into uuid,
  created_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_subjects PRIMARY KEY (id),
  CONSTRAINT ck_subjects_kind CHECK ((kind = ANY (ARRAY['person'::text, 'household'::text])))
) WITH (fillfactor=70, autovacuum_vacuum_scale_factor=0.01, toast_tuple_target=4080);
CREATE INDEX ix_subjects_merged ON public.subjects USING btree (merged_into) WHERE (merged_into IS NOT NULL);

CREATE TABLE suppression_releases (
  suppression_id uuid NOT NULL,
  released_at timestamp with time zone NOT NULL,
  approval_id uuid NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_suppression_releases PRIMARY KEY (suppression_id),
  CONSTRAINT fk_suppression_releases_suppression FOREIGN KEY (suppression_id) REFERENCES suppressions(id)
);
CREATE TRIGGER tr_suppression_releases_append_only BEFORE DELETE OR UPDATE ON public.suppression_releases FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_suppression_releases_no_truncate BEFORE TRUNCATE ON public.suppression_releases FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE suppressions (
  id uuid NOT NULL,
  receipt_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  scope_kind text NOT NULL,
  scope_id text,
  channels text[] NOT NULL,
  purposes text[] NOT NULL,
  source text NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  until timestamp with time zone,
  recorded_by uuid NOT NULL,
  event_id uuid NOT NULL,
  carried_from uuid,
  CONSTRAINT pk_suppressions PRIMARY KEY (id),
  CONSTRAINT uq_suppressions_receipt UNIQUE (receipt_id)
);
CREATE INDEX ix_suppressions_subject ON public.suppressions USING btree (subject_id, recorded_at DESC, id DESC);
CREATE TRIGGER tr_suppressions_append_only BEFORE DELETE OR UPDATE ON public.suppressions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_suppressions_no_truncate BEFORE TRUNCATE ON public.suppressions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE vendors (
  id text NOT NULL,
  name text NOT NULL,
  status text NOT NULL,
  contact text,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_vendors PRIMARY KEY (id),
  CONSTRAINT ck_vendors_status CHECK ((status = ANY (ARRAY['active'::text, 'ended'::text])))
);
