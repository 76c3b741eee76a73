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
  taken_back uuid,
  CONSTRAINT pk_consent_events PRIMARY KEY (id),
  CONSTRAINT ck_consent_events_kind CHECK ((kind = ANY (ARRAY['granted'::text, 'withdrawn'::text, 'refused'::text]))),
  CONSTRAINT ck_consent_events_taken_back CHECK (((taken_back IS NULL) OR (kind <> 'granted'::text))),
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
  address text,
  contact text,
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
  seq bigint,
  CONSTRAINT pk_events PRIMARY KEY (event_id)
) PARTITION BY RANGE (event_id);
CREATE INDEX ix_events_subject ON ONLY public.events USING btree (subject_id, event_id) WHERE (subject_id IS NOT NULL);
CREATE TRIGGER tr_events_append_only BEFORE DELETE OR UPDATE ON public.events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_events_no_truncate BEFORE TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE flag_repeats (
  flag_id uuid NOT NULL,
  cause_event_id uuid NOT NULL,
  found_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_flag_repeats PRIMARY KEY (flag_id, cause_event_id),
  CONSTRAINT fk_flag_repeats_flag FOREIGN KEY (flag_id) REFERENCES flags(id)
);
CREATE TRIGGER tr_flag_repeats_append_only BEFORE DELETE OR UPDATE ON public.flag_repeats FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_flag_repeats_no_truncate BEFORE TRUNCATE ON public.flag_repeats FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE flag_resolutions (
  flag_id uuid NOT NULL,
  resolution text NOT NULL,
  resolved_at timestamp with time zone NOT NULL,
  resolved_by uuid NOT NULL,
  approval_id uuid,
  event_id uuid NOT NULL,
  CONSTRAINT pk_flag_resolutions PRIMARY KEY (flag_id),
  CONSTRAINT fk_flag_resolutions_flag FOREIGN KEY (flag_id) REFERENCES flags(id)
);
CREATE TRIGGER tr_flag_resolutions_append_only BEFORE DELETE OR UPDATE ON public.flag_resolutions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_flag_resolutions_no_truncate BEFORE TRUNCATE ON public.flag_resolutions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE flags (
  id uuid NOT NULL,
  kind text NOT NULL,
  subject_id uuid,
  call_id uuid,
  vendor_id text,
  cause_event_id uuid NOT NULL,
  suppression_id uuid,
  raised_at timestamp with time zone NOT NULL,
  raised_by uuid NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_flags PRIMARY KEY (id),
  CONSTRAINT ck_flags_kind CHECK ((kind = ANY (ARRAY['wrong_person'::text, 'vulnerable'::text, 'complaint_threat'::text, 'unmapped_result'::text, 'monitor_crossed'::text]))),
  CONSTRAINT uq_flags_cause UNIQUE NULLS NOT DISTINCT (cause_event_id, kind, subject_id)
);
CREATE INDEX ix_flags_call ON public.flags USING btree (call_id, kind) WHERE (call_id IS NOT NULL);
CREATE INDEX ix_flags_raised ON public.flags USING btree (raised_at DESC, id DESC);
CREATE INDEX ix_flags_subject ON public.flags USING btree (subject_id) WHERE (subject_id IS NOT NULL);
CREATE TRIGGER tr_flags_append_only BEFORE DELETE OR UPDATE ON public.flags FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_flags_no_truncate BEFORE TRUNCATE ON public.flags FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE idempotency_keys (
  scope bytea NOT NULL,
  fingerprint bytea NOT NULL,
  sealed_answer bytea,
  created_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_idempotency_keys PRIMARY KEY (scope)
);
CREATE INDEX ix_idempotency_keys_expiry ON public.idempotency_keys USING btree (expires_at);

CREATE TABLE import_mappings (
  name text NOT NULL,
  subject text NOT NULL,
  columns json NOT NULL,
  defaults json NOT NULL,
  changed_by uuid NOT NULL,
  changed_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_import_mappings PRIMARY KEY (name)
);

CREATE TABLE import_members (
  kind text NOT NULL,
  source text NOT NULL,
  fingerprint bytea NOT NULL,
  word_id uuid NOT NULL,
  job_id uuid NOT NULL,
  shown bytea NOT NULL,
  CONSTRAINT pk_import_members PRIMARY KEY (kind, source, fingerprint)
) WITH (autovacuum_vacuum_scale_factor=0.05);
CREATE INDEX ix_import_members_word ON public.import_members USING btree (word_id);

CREATE TABLE import_releases (
  suppression_id uuid NOT NULL,
  list_id uuid NOT NULL,
  source text NOT NULL,
  fingerprint bytea NOT NULL,
  CONSTRAINT pk_import_releases PRIMARY KEY (suppression_id)
);
CREATE INDEX ix_import_releases_list ON public.import_releases USING btree (list_id, suppression_id);

CREATE TABLE import_stage (
  job_id uuid NOT NULL,
  fingerprint bytea NOT NULL,
  CONSTRAINT pk_import_stage PRIMARY KEY (job_id, fingerprint)
) WITH (autovacuum_vacuum_scale_factor=0.05);

CREATE TABLE inbound_letters (
  letter_id uuid NOT NULL,
  seq bigint NOT NULL,
  reader text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  record_offset text NOT NULL,
  print bytea NOT NULL,
  key_print bytea NOT NULL,
  state text NOT NULL,
  parked_behind uuid,
  reason text NOT NULL,
  attempts integer NOT NULL,
  sealed bytea,
  recorded_at timestamp with time zone NOT NULL,
  settled_at timestamp with time zone,
  settled_by uuid,
  CONSTRAINT pk_inbound_letters PRIMARY KEY (letter_id),
  CONSTRAINT ck_inbound_letters_settled CHECK ((((state = 'waiting'::text) = (sealed IS NOT NULL)) AND ((state = 'waiting'::text) = (settled_at IS NULL)))),
  CONSTRAINT ck_inbound_letters_state CHECK ((state = ANY (ARRAY['waiting'::text, 'replayed'::text, 'discarded'::text]))),
  CONSTRAINT uq_inbound_letters_event UNIQUE (reader, print)
);
CREATE INDEX ix_inbound_letters_recorded ON public.inbound_letters USING btree (recorded_at, letter_id);
CREATE INDEX ix_inbound_letters_waiting ON public.inbound_letters USING btree (reader, key_print, seq) WHERE (state = 'waiting'::text);

CREATE TABLE inbound_seen (
  reader text NOT NULL,
  print bytea NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_inbound_seen PRIMARY KEY (reader, print)
) WITH (autovacuum_vacuum_scale_factor=0.01);
CREATE INDEX ix_inbound_seen_recorded ON public.inbound_seen USING brin (recorded_at);

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

CREATE TABLE jobs (
  id uuid NOT NULL,
  kind text NOT NULL,
  lane text NOT NULL,
  state text NOT NULL,
  created_by uuid NOT NULL,
  created_at timestamp with time zone NOT NULL,
  spec json NOT NULL,
  blob_id uuid,
  waiting_for uuid,
  holder uuid,
  epoch bigint NOT NULL DEFAULT 0,
  lease_until timestamp with time zone,
  attempts integer NOT NULL DEFAULT 0,
  checkpoint json,
  progress double precision NOT NULL DEFAULT 0,
  counts json NOT NULL,
  errors json NOT NULL DEFAULT '[]'::json,
  result json,
  finished_at timestamp with time zone,
  result_read_at timestamp with time zone,
  CONSTRAINT pk_jobs PRIMARY KEY (id),
  CONSTRAINT ck_jobs_state CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'succeeded'::text, 'failed'::text])))
) WITH (fillfactor=50, autovacuum_vacuum_scale_factor=0.01);
CREATE INDEX ix_jobs_blob ON public.jobs USING btree (blob_id) WHERE (blob_id IS NOT NULL);
CREATE INDEX ix_jobs_creator ON public.jobs USING btree (created_by, created_at DESC, id DESC);
CREATE INDEX ix_jobs_newest ON public.jobs USING btree (created_at DESC, id DESC);
CREATE INDEX ix_jobs_open ON public.jobs USING btree (created_at, id) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));
CREATE UNIQUE INDEX uq_jobs_running ON public.jobs USING btree (lane) WHERE (state = 'running'::text);

CREATE TABLE kafka_topics (
  name text NOT NULL,
  cluster_id text NOT NULL,
  partitions integer NOT NULL,
  made_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_kafka_topics PRIMARY KEY (name)
);

CREATE TABLE leases (
  name text NOT NULL,
  epoch bigint NOT NULL,
  holder uuid,
  expires_at timestamp with time zone,
  CONSTRAINT pk_leases PRIMARY KEY (name)
);

CREATE TABLE ledger_entries (
  index bigint NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_ledger_entries PRIMARY KEY (index),
  CONSTRAINT ck_ledger_entries_index CHECK ((index >= 0)),
  CONSTRAINT uq_ledger_entries_event UNIQUE (event_id)
);
CREATE TRIGGER tr_ledger_entries_append_only BEFORE DELETE OR UPDATE ON public.ledger_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_ledger_entries_no_truncate BEFORE TRUNCATE ON public.ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE ledger_queue (
  seq bigint NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_ledger_queue PRIMARY KEY (seq)
) WITH (autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=1000);

CREATE TABLE letter_replays (
  id uuid NOT NULL,
  consumer text NOT NULL,
  event_id uuid NOT NULL,
  asked_by uuid NOT NULL,
  asked_at timestamp with time zone NOT NULL,
  taken_until timestamp with time zone,
  outcome text,
  handled integer,
  blocking_event_id uuid,
  reason text,
  done_at timestamp with time zone,
  CONSTRAINT pk_letter_replays PRIMARY KEY (id),
  CONSTRAINT ck_letter_replays_done CHECK (((done_at IS NULL) = (outcome IS NULL))),
  CONSTRAINT ck_letter_replays_outcome CHECK ((outcome = ANY (ARRAY['replayed'::text, 'failed'::text, 'behind'::text, 'not_found'::text])))
);
CREATE UNIQUE INDEX uq_letter_replays_open ON public.letter_replays USING btree (consumer, event_id) WHERE (done_at IS NULL);

CREATE TABLE migrations (
  id integer NOT NULL DEFAULT nextval('migrations_id_seq'::regclass),
  timestamp bigint NOT NULL,
  name character varying NOT NULL,
  CONSTRAINT PK_8c82d7f526340ab734260ea46be PRIMARY KEY (id)
);

CREATE TABLE monitor_crossings (
  stop_id uuid NOT NULL,
  monitor_id text NOT NULL,
  scope_kind text NOT NULL,
  scope_id text NOT NULL,
  after_stop_id uuid NOT NULL,
  counted integer NOT NULL,
  sample integer NOT NULL,
  threshold double precision NOT NULL,
  crossed_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_monitor_crossings PRIMARY KEY (stop_id),
  CONSTRAINT ck_monitor_crossings_scope CHECK ((scope_kind = ANY (ARRAY['campaign'::text, 'vendor'::text]))),
  CONSTRAINT fk_monitor_crossings_stop FOREIGN KEY (stop_id) REFERENCES stops(id),
  CONSTRAINT uq_monitor_crossings_once UNIQUE (monitor_id, scope_kind, scope_id, after_stop_id)
);
CREATE TRIGGER tr_monitor_crossings_append_only BEFORE DELETE OR UPDATE ON public.monitor_crossings FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_monitor_crossings_no_truncate BEFORE TRUNCATE ON public.monitor_crossings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE monitor_limits (
  monitor_id text NOT NULL,
  version integer NOT NULL,
  threshold double precision NOT NULL,
  min_sample integer NOT NULL,
  window_hours integer NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  recorded_by uuid NOT NULL,
  approval_id uuid,
  event_id uuid NOT NULL,
  CONSTRAINT pk_monitor_limits PRIMARY KEY (monitor_id, version)
);
CREATE TRIGGER tr_monitor_limits_append_only BEFORE DELETE OR UPDATE ON public.monitor_limits FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_monitor_limits_no_truncate BEFORE TRUNCATE ON public.monitor_limits FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE monitor_slices (
  slice timestamp with time zone NOT NULL,
  tallied_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_monitor_slices PRIMARY KEY (slice)
) WITH (autovacuum_vacuum_scale_factor=0.01);

CREATE TABLE monitor_tallies (
  slice timestamp with time zone NOT NULL,
  campaign_id text NOT NULL,
  vendor_id text NOT NULL,
  allows integer NOT NULL,
  due integer NOT NULL,
  unreported integer NOT NULL,
  answered integer NOT NULL,
  refused integer NOT NULL,
  complained integer NOT NULL,
  abandoned integer NOT NULL,
  spoken integer NOT NULL,
  undisclosed integer NOT NULL,
  results integer NOT NULL,
  unmapped integer NOT NULL,
  CONSTRAINT pk_monitor_tallies PRIMARY KEY (slice, campaign_id, vendor_id)
) WITH (autovacuum_vacuum_scale_factor=0.01);

CREATE TABLE my_links (
  id uuid NOT NULL,
  secret_hash bytea NOT NULL,
  subject_id uuid NOT NULL,
  language text NOT NULL,
  created_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  opened_at timestamp with time zone,
  CONSTRAINT pk_my_links PRIMARY KEY (id),
  CONSTRAINT uq_my_links_secret UNIQUE (secret_hash)
) WITH (autovacuum_vacuum_scale_factor=0.01);
CREATE INDEX ix_my_links_expiry ON public.my_links USING btree (expires_at);
CREATE INDEX ix_my_links_unopened ON public.my_links USING btree (subject_id) WHERE (opened_at IS NULL);

CREATE TABLE my_sessions (
  secret_hash bytea NOT NULL,
  link_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  language text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  uses integer NOT NULL DEFAULT 0,
  CONSTRAINT pk_my_sessions PRIMARY KEY (secret_hash)
) WITH (autovacuum_vacuum_scale_factor=0.01);
CREATE INDEX ix_my_sessions_expiry ON public.my_sessions USING btree (expires_at);

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

CREATE TABLE opt_in_times (
  event_id uuid NOT NULL,
  said_at timestamp with time zone NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  cause_event_id uuid NOT NULL,
  CONSTRAINT pk_opt_in_times PRIMARY KEY (event_id),
  CONSTRAINT fk_opt_in_times_word FOREIGN KEY (event_id) REFERENCES opt_in_words(event_id)
);
CREATE TRIGGER tr_opt_in_times_append_only BEFORE DELETE OR UPDATE ON public.opt_in_times FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_opt_in_times_no_truncate BEFORE TRUNCATE ON public.opt_in_times FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE opt_in_words (
  event_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  said_at timestamp with time zone NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_opt_in_words PRIMARY KEY (event_id)
);
CREATE INDEX ix_opt_in_words_subject ON public.opt_in_words USING btree (subject_id, said_at);
CREATE TRIGGER tr_opt_in_words_append_only BEFORE DELETE OR UPDATE ON public.opt_in_words FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_opt_in_words_no_truncate BEFORE TRUNCATE ON public.opt_in_words FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE outbox (
  seq bigint NOT NULL DEFAULT nextval('outbox_seq_seq'::regclass),
  bucket smallint NOT NULL,
  event_id uuid NOT NULL,
  attributes json,
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

CREATE TABLE partition_holds (
  id bigint NOT NULL,
  consumer text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  epoch bigint NOT NULL,
  begins bigint NOT NULL DEFAULT 0,
  CONSTRAINT pk_partition_holds PRIMARY KEY (id),
  CONSTRAINT uq_partition_holds_partition UNIQUE (consumer, topic, partition)
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

CREATE TABLE results_mappings (
  vendor_id text NOT NULL,
  version integer NOT NULL,
  mapping json NOT NULL,
  created_at timestamp with time zone NOT NULL,
  created_by uuid NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_results_mappings PRIMARY KEY (vendor_id, version),
  CONSTRAINT fk_results_mappings_vendor FOREIGN KEY (vendor_id) REFERENCES vendors(id)
);
CREATE TRIGGER tr_results_mappings_append_only BEFORE DELETE OR UPDATE ON public.results_mappings FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_results_mappings_no_truncate BEFORE TRUNCATE ON public.results_mappings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

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

CREATE TABLE sms_message_times (
  tag bytea NOT NULL,
  received_at timestamp with time zone NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  event_id uuid,
  CONSTRAINT pk_sms_message_times PRIMARY KEY (tag),
  CONSTRAINT fk_sms_message_times_message FOREIGN KEY (tag) REFERENCES sms_messages(tag)
);
CREATE TRIGGER tr_sms_message_times_append_only BEFORE DELETE OR UPDATE ON public.sms_message_times FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_sms_message_times_no_truncate BEFORE TRUNCATE ON public.sms_message_times FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE sms_messages (
  tag bytea NOT NULL,
  content_tag bytea NOT NULL,
  received_at timestamp with time zone NOT NULL,
  dated boolean NOT NULL,
  action text NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  event_id uuid,
  CONSTRAINT pk_sms_messages PRIMARY KEY (tag),
  CONSTRAINT ck_sms_messages_action CHECK ((action = ANY (ARRAY['opted_out'::text, 'opted_in'::text, 'help'::text, 'none'::text])))
);
CREATE TRIGGER tr_sms_messages_append_only BEFORE DELETE OR UPDATE ON public.sms_messages FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_sms_messages_no_truncate BEFORE TRUNCATE ON public.sms_messages FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE sms_replies (
  id uuid NOT NULL,
  sealed bytea,
  send_before timestamp with time zone NOT NULL,
  due_at timestamp with time zone NOT NULL,
  attempts integer NOT NULL,
  state text NOT NULL,
  queued_at timestamp with time zone NOT NULL,
  finished_at timestamp with time zone,
  CONSTRAINT pk_sms_replies PRIMARY KEY (id),
  CONSTRAINT ck_sms_replies_sealed CHECK (((sealed IS NOT NULL) = (state = 'queued'::text))),
  CONSTRAINT ck_sms_replies_state CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'refused'::text, 'expired'::text])))
) WITH (autovacuum_vacuum_scale_factor=0.01);
CREATE INDEX ix_sms_replies_due ON public.sms_replies USING btree (due_at) WHERE (state = 'queued'::text);

CREATE TABLE stop_directives (
  stop_id uuid NOT NULL,
  cause_event_id uuid NOT NULL,
  position uuid NOT NULL,
  until uuid NOT NULL,
  finished_at timestamp with time zone,
  CONSTRAINT pk_stop_directives PRIMARY KEY (stop_id),
  CONSTRAINT fk_stop_directives_stop FOREIGN KEY (stop_id) REFERENCES stops(id)
);
CREATE INDEX ix_stop_directives_open ON public.stop_directives USING btree (stop_id) WHERE (finished_at IS NULL);

CREATE TABLE stop_lifts (
  stop_id uuid NOT NULL,
  lifted_at timestamp with time zone NOT NULL,
  asked_by uuid NOT NULL,
  lifted_by uuid NOT NULL,
  approval_id uuid NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_stop_lifts PRIMARY KEY (stop_id),
  CONSTRAINT fk_stop_lifts_stop FOREIGN KEY (stop_id) REFERENCES stops(id)
);
CREATE TRIGGER tr_stop_lifts_append_only BEFORE DELETE OR UPDATE ON public.stop_lifts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_stop_lifts_no_truncate BEFORE TRUNCATE ON public.stop_lifts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE stops (
  id uuid NOT NULL,
  scope_kind text NOT NULL,
  scope_id text,
  live text NOT NULL,
  reason text NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  recorded_by uuid,
  until timestamp with time zone,
  event_id uuid NOT NULL,
  CONSTRAINT pk_stops PRIMARY KEY (id),
  CONSTRAINT ck_stops_live CHECK ((live = ANY (ARRAY['finish'::text, 'end'::text]))),
  CONSTRAINT ck_stops_scope CHECK (((scope_kind = ANY (ARRAY['all'::text, 'entity'::text, 'line'::text, 'vendor'::text, 'campaign'::text, 'callerId'::text, 'country'::text, 'subdivision'::text, 'purpose'::text])) AND ((scope_kind = 'all'::text) = (scope_id IS NULL))))
);
CREATE INDEX ix_stops_recorded ON public.stops USING btree (recorded_at DESC, id DESC);
CREATE TRIGGER tr_stops_append_only BEFORE DELETE OR UPDATE ON public.stops FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_stops_no_truncate BEFORE TRUNCATE ON public.stops FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

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
  approval_id uuid,
  event_id uuid NOT NULL,
  CONSTRAINT pk_suppression_releases PRIMARY KEY (suppression_id),
  CONSTRAINT fk_suppression_releases_suppression FOREIGN KEY (suppression_id) REFERENCES suppressions(id)
);
CREATE TRIGGER tr_suppression_releases_append_only BEFORE DELETE OR UPDATE ON public.suppression_releases FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_suppression_releases_no_truncate BEFORE TRUNCATE ON public.suppression_releases FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE suppression_words (
  suppression_id uuid NOT NULL,
  said_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_suppression_words PRIMARY KEY (suppression_id),
  CONSTRAINT fk_suppression_words_suppression FOREIGN KEY (suppression_id) REFERENCES suppressions(id)
);
CREATE TRIGGER tr_suppression_words_append_only BEFORE DELETE OR UPDATE ON public.suppression_words FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_suppression_words_no_truncate BEFORE TRUNCATE ON public.suppression_words FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

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

CREATE TABLE vendor_findings (
  id uuid NOT NULL,
  vendor_id text NOT NULL,
  call_id uuid NOT NULL,
  kind text NOT NULL,
  result_id uuid NOT NULL,
  found_at timestamp with time zone NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_vendor_findings PRIMARY KEY (id),
  CONSTRAINT ck_vendor_findings_kind CHECK ((kind = ANY (ARRAY['refusal_not_reported'::text, 'talked_on'::text]))),
  CONSTRAINT uq_vendor_findings_call UNIQUE (call_id, kind)
);
CREATE INDEX ix_vendor_findings_found ON public.vendor_findings USING btree (vendor_id, found_at DESC, id DESC);
CREATE TRIGGER tr_vendor_findings_append_only BEFORE DELETE OR UPDATE ON public.vendor_findings FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_vendor_findings_no_truncate BEFORE TRUNCATE ON public.vendor_findings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE vendor_label_alarms (
  flag_id uuid NOT NULL,
  vendor_id text NOT NULL,
  label_tag bytea NOT NULL,
  kind text NOT NULL,
  event_id uuid NOT NULL,
  raised_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_vendor_label_alarms PRIMARY KEY (flag_id)
);
CREATE INDEX ix_vendor_label_alarms_label ON public.vendor_label_alarms USING btree (vendor_id, label_tag, raised_at DESC);
CREATE TRIGGER tr_vendor_label_alarms_append_only BEFORE DELETE OR UPDATE ON public.vendor_label_alarms FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_vendor_label_alarms_no_truncate BEFORE TRUNCATE ON public.vendor_label_alarms FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE vendor_result_effects (
  about uuid NOT NULL,
  effect text NOT NULL,
  result_id uuid NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_vendor_result_effects PRIMARY KEY (about, effect)
);
CREATE TRIGGER tr_vendor_result_effects_append_only BEFORE DELETE OR UPDATE ON public.vendor_result_effects FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_vendor_result_effects_no_truncate BEFORE TRUNCATE ON public.vendor_result_effects FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE vendor_result_outcomes (
  result_id uuid NOT NULL,
  attempt integer NOT NULL,
  state text NOT NULL,
  mapping_version integer NOT NULL,
  call_id uuid,
  unmapped_labels integer NOT NULL,
  faults text[] NOT NULL,
  recorded_at timestamp with time zone NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_vendor_result_outcomes PRIMARY KEY (result_id, attempt),
  CONSTRAINT ck_vendor_result_outcomes_state CHECK ((state = ANY (ARRAY['applied'::text, 'unmapped'::text, 'unmatched'::text]))),
  CONSTRAINT fk_vendor_result_outcomes_result FOREIGN KEY (result_id) REFERENCES vendor_results(id)
);
CREATE INDEX ix_vendor_result_outcomes_open ON public.vendor_result_outcomes USING btree (result_id) WHERE (state <> 'applied'::text);
CREATE TRIGGER tr_vendor_result_outcomes_append_only BEFORE DELETE OR UPDATE ON public.vendor_result_outcomes FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_vendor_result_outcomes_no_truncate BEFORE TRUNCATE ON public.vendor_result_outcomes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE vendor_results (
  id uuid NOT NULL,
  vendor_id text NOT NULL,
  session_tag bytea NOT NULL,
  body_tag bytea NOT NULL,
  received_at timestamp with time zone NOT NULL,
  received_by uuid NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT pk_vendor_results PRIMARY KEY (id),
  CONSTRAINT uq_vendor_results_report UNIQUE (vendor_id, session_tag, body_tag)
);
CREATE INDEX ix_vendor_results_received ON public.vendor_results USING btree (vendor_id, received_at DESC, id DESC);
CREATE TRIGGER tr_vendor_results_append_only BEFORE DELETE OR UPDATE ON public.vendor_results FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_vendor_results_no_truncate BEFORE TRUNCATE ON public.vendor_results FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

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

CREATE TABLE webhook_deliveries (
  webhook_id uuid NOT NULL,
  event_id uuid NOT NULL,
  state text NOT NULL,
  attempts integer NOT NULL,
  queued_at timestamp with time zone NOT NULL,
  due_at timestamp with time zone NOT NULL,
  outcome text,
  status smallint,
  finished_at timestamp with time zone,
  CONSTRAINT pk_webhook_deliveries PRIMARY KEY (webhook_id, event_id),
  CONSTRAINT ck_webhook_deliveries_finished CHECK (((finished_at IS NULL) = (state = 'pending'::text))),
  CONSTRAINT ck_webhook_deliveries_state CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'dead'::text]))),
  CONSTRAINT fk_webhook_deliveries_webhook FOREIGN KEY (webhook_id) REFERENCES webhooks(id)
) WITH (autovacuum_vacuum_scale_factor=0.01);
CREATE INDEX ix_webhook_deliveries_dead ON public.webhook_deliveries USING btree (webhook_id, event_id) WHERE (state = 'dead'::text);
CREATE INDEX ix_webhook_deliveries_due ON public.webhook_deliveries USING btree (webhook_id, due_at) WHERE (state = 'pending'::text);
CREATE INDEX ix_webhook_deliveries_finished ON public.webhook_deliveries USING btree (finished_at) WHERE (finished_at IS NOT NULL);

CREATE TABLE webhook_replays (
  id uuid NOT NULL,
  webhook_id uuid NOT NULL,
  position uuid NOT NULL,
  until uuid NOT NULL,
  asked_at timestamp with time zone NOT NULL,
  finished_at timestamp with time zone,
  CONSTRAINT pk_webhook_replays PRIMARY KEY (id),
  CONSTRAINT fk_webhook_replays_webhook FOREIGN KEY (webhook_id) REFERENCES webhooks(id)
);
CREATE INDEX ix_webhook_replays_open ON public.webhook_replays USING btree (asked_at) WHERE (finished_at IS NULL);

CREATE TABLE webhook_secrets (
  id uuid NOT NULL,
  webhook_id uuid NOT NULL,
  sealed bytea NOT NULL,
  created_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone,
  CONSTRAINT pk_webhook_secrets PRIMARY KEY (webhook_id, id),
  CONSTRAINT fk_webhook_secrets_webhook FOREIGN KEY (webhook_id) REFERENCES webhooks(id)
);

CREATE TABLE webhook_tallies (
  webhook_id uuid NOT NULL,
  delivered bigint NOT NULL DEFAULT 0,
  failed_attempts bigint NOT NULL DEFAULT 0,
  last_outcome text,
  last_status smallint,
  last_at timestamp with time zone,
  CONSTRAINT pk_webhook_tallies PRIMARY KEY (webhook_id),
  CONSTRAINT fk_webhook_tallies_webhook FOREIGN KEY (webhook_id) REFERENCES webhooks(id)
) WITH (fillfactor=50);

CREATE TABLE webhooks (
  id uuid NOT NULL,
  sealed_url bytea NOT NULL,
  types text[] NOT NULL,
  description text,
  state text NOT NULL,
  disabled_because text,
  held_until timestamp with time zone,
  created_at timestamp with time zone NOT NULL,
  created_by uuid NOT NULL,
  disabled_at timestamp with time zone,
  CONSTRAINT pk_webhooks PRIMARY KEY (id),
  CONSTRAINT ck_webhooks_because CHECK ((disabled_because = ANY (ARRAY['asked'::text, 'gone'::text]))),
  CONSTRAINT ck_webhooks_disabled CHECK (((disabled_because IS NOT NULL) = (state = 'disabled'::text))),
  CONSTRAINT ck_webhooks_state CHECK ((state = ANY (ARRAY['active'::text, 'disabled'::text])))
);

CREATE TABLE words_set_aside (
  word_id uuid NOT NULL,
  by_id uuid NOT NULL,
  word_recorded_at timestamp with time zone NOT NULL,
  word_until timestamp with time zone,
  CONSTRAINT pk_words_set_aside PRIMARY KEY (word_id, by_id)
);
CREATE INDEX ix_words_set_aside_by ON public.words_set_aside USING btree (by_id);
CREATE TRIGGER tr_words_set_aside_append_only BEFORE DELETE OR UPDATE ON public.words_set_aside FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_words_set_aside_no_truncate BEFORE TRUNCATE ON public.words_set_aside FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE VIEW event_demands AS
SELECT DISTINCT 'webhooks'::text AS consumer,
    unnest(webhooks.types) AS type
   FROM webhooks
  WHERE (webhooks.state = 'active'::text)
UNION ALL
 SELECT 'call-directives'::text AS consumer,
    word.word AS type
   FROM unnest(ARRAY['wish.recorded.v1'::text, 'preference.recorded.v1'::text, 'consent.withdrawn.v1'::text, 'consent.refused.v1'::text, 'person.changed.v1'::text]) word(word)
  WHERE (EXISTS ( SELECT
           FROM webhooks
          WHERE ((webhooks.state = 'active'::text) AND ('call.directive.v1'::text = ANY (webhooks.types)))))
UNION ALL
 SELECT 'stop-directives'::text AS consumer,
    'stop.recorded.v1'::text AS type
  WHERE (EXISTS ( SELECT
           FROM webhooks
          WHERE ((webhooks.state = 'active'::text) AND ('call.directive.v1'::text = ANY (webhooks.types)))));
