-- Made from migrations/ by TestSchema; do not edit.

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
	RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;

CREATE TABLE public.address_states (
    asset_id text NOT NULL,
    address inet NOT NULL,
    up boolean NOT NULL,
    priority smallint NOT NULL,
    last_scan timestamp with time zone NOT NULL,
    next_scan timestamp with time zone NOT NULL,
    outcome text NOT NULL,
    reason text NOT NULL,
    profile text NOT NULL,
    CONSTRAINT address_states_outcome_check CHECK ((outcome = ANY (ARRAY['complete'::text, 'partial'::text, 'unreachable'::text, 'blocked'::text, 'failed'::text])))
);

CREATE TABLE public.advisories (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('ADV-'::text || (num)::text)) STORED NOT NULL,
    revision integer NOT NULL,
    state text NOT NULL,
    check_id text NOT NULL,
    author text NOT NULL,
    approver text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT advisories_check CHECK (((approver <> author) OR (approver = ''::text))),
    CONSTRAINT advisories_revision_check CHECK ((revision >= 1)),
    CONSTRAINT advisories_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'in_review'::text, 'approved'::text, 'released'::text, 'updated'::text, 'withdrawn'::text])))
);

ALTER TABLE public.advisories ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.advisories_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.advisory_revisions (
    num bigint NOT NULL,
    advisory_id text NOT NULL,
    revision integer NOT NULL,
    state text NOT NULL,
    at timestamp with time zone NOT NULL,
    document jsonb NOT NULL
);

ALTER TABLE public.advisory_revisions ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.advisory_revisions_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.asset_owners (
    asset_id text NOT NULL,
    org_id text NOT NULL,
    from_at timestamp with time zone NOT NULL,
    until_at timestamp with time zone,
    reason text NOT NULL
);

CREATE TABLE public.assets (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('A-'::text || (num)::text)) STORED NOT NULL,
    org_id text NOT NULL,
    kind text NOT NULL,
    address text NOT NULL,
    name text NOT NULL,
    site text NOT NULL,
    criticality text NOT NULL,
    class text NOT NULL,
    tags jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT assets_class_check CHECK ((class = ANY (ARRAY['it'::text, 'ot'::text]))),
    CONSTRAINT assets_criticality_check CHECK ((criticality = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT assets_kind_check CHECK ((kind = ANY (ARRAY['ipv4'::text, 'ipv6'::text, 'cidr'::text, 'hostname'::text, 'url'::text])))
);

ALTER TABLE public.assets ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.assets_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.audit_head (
    only_one boolean DEFAULT true NOT NULL,
    seq bigint NOT NULL,
    hash text NOT NULL,
    CONSTRAINT audit_head_only_one_check CHECK (only_one)
);

CREATE TABLE public.audit_log (
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    act text NOT NULL,
    object text NOT NULL,
    detail json,
    prev text NOT NULL,
    hash text NOT NULL
);

CREATE TABLE public.authorizations (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('AUTH-'::text || (num)::text)) STORED NOT NULL,
    org_id text NOT NULL,
    prefixes jsonb NOT NULL,
    names jsonb NOT NULL,
    method text NOT NULL,
    state text NOT NULL,
    level smallint NOT NULL,
    ot_level smallint NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_until timestamp with time zone NOT NULL,
    windows jsonb NOT NULL,
    time_zone text NOT NULL,
    signed_by text NOT NULL,
    reference text NOT NULL,
    document_name text NOT NULL,
    document_sha256 text,
    document_size bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    reason text NOT NULL,
    CONSTRAINT authorizations_check CHECK ((valid_until > valid_from)),
    CONSTRAINT authorizations_level_check CHECK (((level >= 0) AND (level <= 4))),
    CONSTRAINT authorizations_method_check CHECK ((method = ANY (ARRAY['letter'::text, 'dns'::text, 'mandate'::text]))),
    CONSTRAINT authorizations_ot_level_check CHECK (((ot_level >= 0) AND (ot_level <= 4))),
    CONSTRAINT authorizations_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'submitted'::text, 'active'::text, 'suspended'::text, 'expired'::text, 'revoked'::text])))
);

ALTER TABLE public.authorizations ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.authorizations_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.check_coverage (
    task_id text NOT NULL,
    asset_id text NOT NULL,
    address inet,
    port integer NOT NULL,
    transport text NOT NULL,
    hostname text NOT NULL,
    ran text NOT NULL,
    missed jsonb NOT NULL,
    CONSTRAINT check_coverage_port_check CHECK (((port >= 0) AND (port <= 65535))),
    CONSTRAINT check_coverage_transport_check CHECK ((transport = ANY (ARRAY['tcp'::text, 'udp'::text, ''::text])))
);

CREATE TABLE public.check_sets (
    sha256 text NOT NULL,
    checks text[] NOT NULL,
    CONSTRAINT check_sets_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE public.checks (
    id text NOT NULL,
    title text NOT NULL,
    severity text NOT NULL,
    why text NOT NULL,
    fix text NOT NULL,
    refs jsonb NOT NULL,
    cves jsonb NOT NULL,
    cwes jsonb NOT NULL,
    tags jsonb NOT NULL,
    source text NOT NULL,
    protocol text NOT NULL,
    sha256 text NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT checks_severity_check CHECK ((severity = ANY (ARRAY['info'::text, 'low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT checks_source_check CHECK ((source = ANY (ARRAY['template'::text, 'exposure'::text])))
);

CREATE TABLE public.contacts (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('C-'::text || (num)::text)) STORED NOT NULL,
    org_id text NOT NULL,
    role text NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    phone text NOT NULL,
    openpgp_key text NOT NULL,
    CONSTRAINT contacts_role_check CHECK ((role = ANY (ARRAY['technical'::text, 'distribution'::text, 'emergency'::text, 'management'::text])))
);

ALTER TABLE public.contacts ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.contacts_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.cve_threats (
    cve text NOT NULL,
    kev boolean NOT NULL,
    ransomware boolean NOT NULL,
    epss double precision NOT NULL,
    CONSTRAINT cve_threats_epss_check CHECK (((epss >= (0)::double precision) AND (epss <= (1)::double precision)))
);

CREATE TABLE public.documents (
    sha256 text NOT NULL,
    content bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT documents_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE public.evidence (
    id text NOT NULL,
    request bytea NOT NULL,
    response bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT evidence_id_check CHECK ((id ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE public.exclusions (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('X-'::text || (num)::text)) STORED NOT NULL,
    prefix cidr,
    name text,
    reason text NOT NULL,
    until_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT exclusions_check CHECK (((prefix IS NULL) <> (name IS NULL))),
    CONSTRAINT exclusions_reason_check CHECK ((reason <> ''::text))
);

ALTER TABLE public.exclusions ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.exclusions_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.finding_events (
    num bigint NOT NULL,
    finding_id text NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    kind text NOT NULL,
    from_value text NOT NULL,
    to_value text NOT NULL,
    reason text NOT NULL,
    task_id text NOT NULL,
    evidence_id text NOT NULL,
    CONSTRAINT finding_events_kind_check CHECK ((kind = ANY (ARRAY['opened'::text, 'verified'::text, 'negative'::text, 'not_tested'::text, 'fixed'::text, 'reopened'::text, 'changed'::text, 'work'::text, 'waived'::text])))
);

ALTER TABLE public.finding_events ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.finding_events_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.findings (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('F-'::text || (num)::text)) STORED NOT NULL,
    org_id text NOT NULL,
    asset_id text NOT NULL,
    address inet,
    port integer NOT NULL,
    transport text NOT NULL,
    check_id text NOT NULL,
    matcher text NOT NULL,
    hostname text NOT NULL,
    title text NOT NULL,
    severity text NOT NULL,
    kev boolean NOT NULL,
    detection text NOT NULL,
    work text NOT NULL,
    waiver text NOT NULL,
    waiver_reason text NOT NULL,
    waiver_by text NOT NULL,
    waiver_until timestamp with time zone,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    last_tested timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    not_tested text NOT NULL,
    negatives integer NOT NULL,
    evidence_id text NOT NULL,
    decision text NOT NULL,
    decision_path text NOT NULL,
    due_at timestamp with time zone,
    CONSTRAINT findings_check CHECK (((detection = 'fixed'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT findings_check1 CHECK (((waiver = 'none'::text) = (waiver_until IS NULL))),
    CONSTRAINT findings_decision_check CHECK ((decision = ANY (ARRAY[''::text, 'track'::text, 'track*'::text, 'attend'::text, 'act'::text]))),
    CONSTRAINT findings_detection_check CHECK ((detection = ANY (ARRAY['open'::text, 'fixed'::text, 'reopened'::text]))),
    CONSTRAINT findings_port_check CHECK (((port >= 0) AND (port <= 65535))),
    CONSTRAINT findings_severity_check CHECK ((severity = ANY (ARRAY['info'::text, 'low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT findings_transport_check CHECK ((transport = ANY (ARRAY['tcp'::text, 'udp'::text, ''::text]))),
    CONSTRAINT findings_waiver_check CHECK ((waiver = ANY (ARRAY['none'::text, 'false_positive'::text, 'accepted_risk'::text, 'compensating_control'::text, 'disputed'::text]))),
    CONSTRAINT findings_work_check CHECK ((work = ANY (ARRAY['new'::text, 'triaged'::text, 'notified'::text, 'acknowledged'::text, 'in_progress'::text])))
);

ALTER TABLE public.findings ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.findings_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.host_results (
    task_id text NOT NULL,
    asset_id text NOT NULL,
    address inet NOT NULL,
    outcome text NOT NULL,
    reason text NOT NULL,
    CONSTRAINT host_results_outcome_check CHECK ((outcome = ANY (ARRAY['complete'::text, 'partial'::text, 'unreachable'::text, 'blocked'::text, 'failed'::text])))
);

CREATE TABLE public.observations (
    num bigint NOT NULL,
    task_id text NOT NULL,
    asset_id text NOT NULL,
    address inet,
    port integer NOT NULL,
    transport text NOT NULL,
    hostname text NOT NULL,
    at timestamp with time zone NOT NULL,
    service jsonb,
    check_id text,
    matcher text NOT NULL,
    extracted jsonb,
    location text NOT NULL,
    evidence_id text,
    CONSTRAINT observations_check CHECK (((service IS NULL) <> (check_id IS NULL))),
    CONSTRAINT observations_port_check CHECK (((port >= 0) AND (port <= 65535))),
    CONSTRAINT observations_transport_check CHECK ((transport = ANY (ARRAY['tcp'::text, 'udp'::text, ''::text])))
);

ALTER TABLE public.observations ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.observations_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.organizations (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('ORG-'::text || (num)::text)) STORED NOT NULL,
    name text NOT NULL,
    sector text NOT NULL,
    country text NOT NULL,
    criticality text NOT NULL,
    time_zone text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT organizations_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT organizations_criticality_check CHECK ((criticality = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT organizations_name_check CHECK ((name <> ''::text)),
    CONSTRAINT organizations_sector_check CHECK ((sector = ANY (ARRAY['energy'::text, 'banking'::text, 'telecom'::text, 'transport'::text, 'health'::text, 'government'::text, 'water'::text, 'defence'::text, 'industry'::text, 'other'::text])))
);

ALTER TABLE public.organizations ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.organizations_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.port_coverage (
    task_id text NOT NULL,
    asset_id text NOT NULL,
    address inet NOT NULL,
    transport text NOT NULL,
    open text NOT NULL,
    closed text NOT NULL,
    filtered text NOT NULL,
    CONSTRAINT port_coverage_transport_check CHECK ((transport = ANY (ARRAY['tcp'::text, 'udp'::text])))
);

CREATE TABLE public.scan_leases (
    address inet NOT NULL,
    task_id text NOT NULL
);

CREATE TABLE public.scan_skips (
    scan_id text NOT NULL,
    "position" integer NOT NULL,
    asset_id text NOT NULL,
    what text NOT NULL,
    reason text NOT NULL
);

CREATE TABLE public.scan_tasks (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('T-'::text || (num)::text)) STORED NOT NULL,
    scan_id text NOT NULL,
    org_id text NOT NULL,
    profile text NOT NULL,
    hosts jsonb NOT NULL,
    addresses inet[] NOT NULL,
    assets text[] NOT NULL,
    state text NOT NULL,
    priority smallint NOT NULL,
    not_before timestamp with time zone NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    losses integer DEFAULT 0 NOT NULL,
    worker text DEFAULT ''::text NOT NULL,
    lease_until timestamp with time zone,
    note text DEFAULT ''::text NOT NULL,
    method text DEFAULT ''::text NOT NULL,
    requests bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    claimed_at timestamp with time zone,
    ended_at timestamp with time zone,
    judged_at timestamp with time zone,
    findings_new integer DEFAULT 0 NOT NULL,
    findings_open integer DEFAULT 0 NOT NULL,
    findings_fixed integer DEFAULT 0 NOT NULL,
    CONSTRAINT scan_tasks_addresses_check CHECK ((cardinality(addresses) > 0)),
    CONSTRAINT scan_tasks_check CHECK (((state = 'running'::text) = (lease_until IS NOT NULL))),
    CONSTRAINT scan_tasks_priority_check CHECK (((priority >= 1) AND (priority <= 4))),
    CONSTRAINT scan_tasks_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'complete'::text, 'partial'::text, 'unreachable'::text, 'blocked'::text, 'failed'::text, 'cancelled'::text])))
);

ALTER TABLE public.scan_tasks ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.scan_tasks_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.scan_turns (
    org_id text NOT NULL,
    served_at timestamp with time zone NOT NULL
);

CREATE TABLE public.scans (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('S-'::text || (num)::text)) STORED NOT NULL,
    org_id text NOT NULL,
    asset_id text,
    profile text NOT NULL,
    trigger text NOT NULL,
    schedule_id text,
    slot_at timestamp with time zone,
    actor text NOT NULL,
    state text NOT NULL,
    priority smallint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    note text NOT NULL,
    CONSTRAINT scans_check CHECK (((schedule_id IS NULL) OR (slot_at IS NOT NULL))),
    CONSTRAINT scans_priority_check CHECK (((priority >= 1) AND (priority <= 4))),
    CONSTRAINT scans_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'complete'::text, 'partial'::text, 'failed'::text, 'cancelled'::text]))),
    CONSTRAINT scans_trigger_check CHECK ((trigger = ANY (ARRAY['manual'::text, 'schedule'::text, 'adaptive'::text, 'advisory'::text])))
);

ALTER TABLE public.scans ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.scans_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.schedules (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('SCH-'::text || (num)::text)) STORED NOT NULL,
    org_id text NOT NULL,
    cron text NOT NULL,
    profile text NOT NULL,
    jitter_seconds bigint NOT NULL,
    misfire text NOT NULL,
    paused boolean NOT NULL,
    next_at timestamp with time zone NOT NULL,
    last_slot timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT schedules_jitter_seconds_check CHECK ((jitter_seconds >= 0)),
    CONSTRAINT schedules_misfire_check CHECK ((misfire = ANY (ARRAY['once'::text, 'skip'::text])))
);

ALTER TABLE public.schedules ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.schedules_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.schema_migrations (
    version integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.services (
    asset_id text NOT NULL,
    address inet NOT NULL,
    port integer NOT NULL,
    transport text NOT NULL,
    name text NOT NULL,
    product text NOT NULL,
    version text NOT NULL,
    extra_info text NOT NULL,
    cpes jsonb NOT NULL,
    tls boolean NOT NULL,
    banner text NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    CONSTRAINT services_port_check CHECK (((port >= 0) AND (port <= 65535))),
    CONSTRAINT services_transport_check CHECK ((transport = ANY (ARRAY['tcp'::text, 'udp'::text])))
);

CREATE TABLE public.stop_switch (
    only_one boolean DEFAULT true NOT NULL,
    is_on boolean NOT NULL,
    reason text NOT NULL,
    moved_by text NOT NULL,
    moved_at timestamp with time zone,
    CONSTRAINT stop_switch_only_one_check CHECK (only_one)
);

CREATE TABLE public.tokens (
    sha256 bytea NOT NULL,
    user_name text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT tokens_name_check CHECK ((name <> ''::text)),
    CONSTRAINT tokens_role_check CHECK ((role <> ''::text)),
    CONSTRAINT tokens_user_name_check CHECK ((user_name <> ''::text))
);

CREATE TABLE public.workers (
    name text NOT NULL,
    version text NOT NULL,
    slots integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT workers_name_check CHECK ((name <> ''::text))
);

ALTER TABLE ONLY public.address_states
    ADD CONSTRAINT address_states_pkey PRIMARY KEY (asset_id, address);

ALTER TABLE ONLY public.advisories
    ADD CONSTRAINT advisories_num_key UNIQUE (num);

ALTER TABLE ONLY public.advisories
    ADD CONSTRAINT advisories_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.advisory_revisions
    ADD CONSTRAINT advisory_revisions_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.assets
    ADD CONSTRAINT assets_num_key UNIQUE (num);

ALTER TABLE ONLY public.assets
    ADD CONSTRAINT assets_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (seq);

ALTER TABLE ONLY public.authorizations
    ADD CONSTRAINT authorizations_num_key UNIQUE (num);

ALTER TABLE ONLY public.authorizations
    ADD CONSTRAINT authorizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.check_sets
    ADD CONSTRAINT check_sets_pkey PRIMARY KEY (sha256);

ALTER TABLE ONLY public.checks
    ADD CONSTRAINT checks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_num_key UNIQUE (num);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.cve_threats
    ADD CONSTRAINT cve_threats_pkey PRIMARY KEY (cve);

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_pkey PRIMARY KEY (sha256);

ALTER TABLE ONLY public.evidence
    ADD CONSTRAINT evidence_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.exclusions
    ADD CONSTRAINT exclusions_num_key UNIQUE (num);

ALTER TABLE ONLY public.exclusions
    ADD CONSTRAINT exclusions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.finding_events
    ADD CONSTRAINT finding_events_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.findings
    ADD CONSTRAINT findings_num_key UNIQUE (num);

ALTER TABLE ONLY public.findings
    ADD CONSTRAINT findings_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_num_key UNIQUE (num);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.scan_leases
    ADD CONSTRAINT scan_leases_pkey PRIMARY KEY (address);

ALTER TABLE ONLY public.scan_skips
    ADD CONSTRAINT scan_skips_pkey PRIMARY KEY (scan_id, "position");

ALTER TABLE ONLY public.scan_tasks
    ADD CONSTRAINT scan_tasks_num_key UNIQUE (num);

ALTER TABLE ONLY public.scan_tasks
    ADD CONSTRAINT scan_tasks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.scan_turns
    ADD CONSTRAINT scan_turns_pkey PRIMARY KEY (org_id);

ALTER TABLE ONLY public.scans
    ADD CONSTRAINT scans_num_key UNIQUE (num);

ALTER TABLE ONLY public.scans
    ADD CONSTRAINT scans_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.scans
    ADD CONSTRAINT scans_schedule_id_slot_at_key UNIQUE (schedule_id, slot_at);

ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT schedules_num_key UNIQUE (num);

ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.services
    ADD CONSTRAINT services_pkey PRIMARY KEY (asset_id, address, port, transport);

ALTER TABLE ONLY public.stop_switch
    ADD CONSTRAINT stop_switch_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (sha256);

ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (name);

CREATE INDEX address_states_due ON public.address_states USING btree (next_scan);

CREATE INDEX advisory_revisions_advisory ON public.advisory_revisions USING btree (advisory_id, num);

CREATE INDEX asset_owners_asset ON public.asset_owners USING btree (asset_id, from_at);

CREATE UNIQUE INDEX asset_owners_present ON public.asset_owners USING btree (asset_id) WHERE (until_at IS NULL);

CREATE UNIQUE INDEX assets_address ON public.assets USING btree (address) WHERE (retired_at IS NULL);

CREATE INDEX assets_org ON public.assets USING btree (org_id, num);

CREATE INDEX assets_tags ON public.assets USING gin (tags jsonb_path_ops);

CREATE INDEX audit_log_object ON public.audit_log USING btree (object, seq);

CREATE INDEX authorizations_org ON public.authorizations USING btree (org_id, num);

CREATE INDEX check_coverage_task ON public.check_coverage USING btree (task_id);

CREATE INDEX contacts_org ON public.contacts USING btree (org_id, num);

CREATE INDEX finding_events_at ON public.finding_events USING btree (at);

CREATE INDEX finding_events_finding ON public.finding_events USING btree (finding_id, num);

CREATE INDEX findings_asset ON public.findings USING btree (asset_id, num);

CREATE INDEX findings_closed ON public.findings USING btree (closed_at) WHERE (closed_at IS NOT NULL);

CREATE UNIQUE INDEX findings_key ON public.findings USING btree (asset_id, address, port, transport, check_id, matcher) NULLS NOT DISTINCT WHERE (detection <> 'fixed'::text);

CREATE INDEX findings_org ON public.findings USING btree (org_id, num);

CREATE INDEX findings_present ON public.findings USING btree (org_id, severity, num) WHERE (detection <> 'fixed'::text);

CREATE INDEX findings_present_check ON public.findings USING btree (check_id) WHERE (detection <> 'fixed'::text);

CREATE INDEX host_results_task ON public.host_results USING btree (task_id);

CREATE INDEX observations_task ON public.observations USING btree (task_id);

CREATE UNIQUE INDEX organizations_name ON public.organizations USING btree (country, lower(name));

CREATE INDEX port_coverage_task ON public.port_coverage USING btree (task_id);

CREATE INDEX scan_leases_task ON public.scan_leases USING btree (task_id);

CREATE INDEX scan_skips_asset ON public.scan_skips USING btree (asset_id, scan_id);

CREATE INDEX scan_tasks_ended ON public.scan_tasks USING btree (ended_at) WHERE (judged_at IS NULL);

CREATE INDEX scan_tasks_running ON public.scan_tasks USING btree (lease_until) WHERE (state = 'running'::text);

CREATE INDEX scan_tasks_scan ON public.scan_tasks USING btree (scan_id);

CREATE INDEX scan_tasks_turn ON public.scan_tasks USING btree (priority, org_id, num) WHERE (state = 'queued'::text);

CREATE INDEX scan_tasks_unjudged ON public.scan_tasks USING gin (assets) WHERE (judged_at IS NULL);

CREATE UNIQUE INDEX scans_adaptive_slot ON public.scans USING btree (asset_id, slot_at) WHERE (trigger = 'adaptive'::text);

CREATE INDEX scans_live ON public.scans USING btree (num) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));

CREATE INDEX scans_org ON public.scans USING btree (org_id, num);

CREATE INDEX schedules_due ON public.schedules USING btree (next_at) WHERE (NOT paused);

CREATE INDEX schedules_org ON public.schedules USING btree (org_id, num);

CREATE UNIQUE INDEX tokens_name ON public.tokens USING btree (user_name, name) WHERE (revoked_at IS NULL);

CREATE TRIGGER advisory_revisions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.advisory_revisions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER audit_log_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER finding_events_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.finding_events FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

ALTER TABLE ONLY public.address_states
    ADD CONSTRAINT address_states_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES public.assets(id);

ALTER TABLE ONLY public.advisory_revisions
    ADD CONSTRAINT advisory_revisions_advisory_id_fkey FOREIGN KEY (advisory_id) REFERENCES public.advisories(id);

ALTER TABLE ONLY public.asset_owners
    ADD CONSTRAINT asset_owners_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES public.assets(id);

ALTER TABLE ONLY public.asset_owners
    ADD CONSTRAINT asset_owners_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.assets
    ADD CONSTRAINT assets_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.authorizations
    ADD CONSTRAINT authorizations_document_sha256_fkey FOREIGN KEY (document_sha256) REFERENCES public.documents(sha256);

ALTER TABLE ONLY public.authorizations
    ADD CONSTRAINT authorizations_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.finding_events
    ADD CONSTRAINT finding_events_finding_id_fkey FOREIGN KEY (finding_id) REFERENCES public.findings(id);

ALTER TABLE ONLY public.findings
    ADD CONSTRAINT findings_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES public.assets(id);

ALTER TABLE ONLY public.findings
    ADD CONSTRAINT findings_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.scan_leases
    ADD CONSTRAINT scan_leases_task_id_fkey FOREIGN KEY (task_id) REFERENCES public.scan_tasks(id);

ALTER TABLE ONLY public.scan_skips
    ADD CONSTRAINT scan_skips_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES public.assets(id);

ALTER TABLE ONLY public.scan_skips
    ADD CONSTRAINT scan_skips_scan_id_fkey FOREIGN KEY (scan_id) REFERENCES public.scans(id);

ALTER TABLE ONLY public.scan_tasks
    ADD CONSTRAINT scan_tasks_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.scan_tasks
    ADD CONSTRAINT scan_tasks_scan_id_fkey FOREIGN KEY (scan_id) REFERENCES public.scans(id);

ALTER TABLE ONLY public.scans
    ADD CONSTRAINT scans_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES public.assets(id);

ALTER TABLE ONLY public.scans
    ADD CONSTRAINT scans_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.scans
    ADD CONSTRAINT scans_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES public.schedules(id);

ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT schedules_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.services
    ADD CONSTRAINT services_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES public.assets(id);

GRANT SELECT(id) ON TABLE public.assets TO ciiscan_worker;

GRANT SELECT(org_id) ON TABLE public.assets TO ciiscan_worker;

GRANT SELECT(class) ON TABLE public.assets TO ciiscan_worker;

GRANT SELECT(retired_at) ON TABLE public.assets TO ciiscan_worker;

GRANT SELECT(num) ON TABLE public.authorizations TO ciiscan_worker;

GRANT SELECT(id) ON TABLE public.authorizations TO ciiscan_worker;

GRANT SELECT(org_id) ON TABLE public.authorizations TO ciiscan_worker;

GRANT SELECT(prefixes) ON TABLE public.authorizations TO ciiscan_worker;

GRANT SELECT(names) ON TABLE public.authorizations TO ciiscan_worker;

GRANT SELECT(method) ON TABLE public.authorizations TO ciiscan_worker;

GRANT SELECT(state) ON TABLE public.authorizations TO ciiscan_worker;

GRANT SELECT(level) ON TABLE public.authorizations TO ciiscan_worker;

GRANT SELECT(ot_level) ON TABLE public.authorizations TO ciiscan_worker;

GRANT SELECT(valid_from) ON TABLE public.authorizations TO ciiscan_worker;

GRANT SELECT(valid_until) ON TABLE public.authorizations TO ciiscan_worker;

GRANT SELECT(windows) ON TABLE public.authorizations TO ciiscan_worker;

GRANT SELECT(time_zone) ON TABLE public.authorizations TO ciiscan_worker;

GRANT INSERT ON TABLE public.check_coverage TO ciiscan_worker;

GRANT INSERT ON TABLE public.check_sets TO ciiscan_worker;

GRANT SELECT ON TABLE public.checks TO ciiscan_worker;

GRANT INSERT ON TABLE public.evidence TO ciiscan_worker;

GRANT SELECT(num) ON TABLE public.exclusions TO ciiscan_worker;

GRANT SELECT(id) ON TABLE public.exclusions TO ciiscan_worker;

GRANT SELECT(prefix) ON TABLE public.exclusions TO ciiscan_worker;

GRANT SELECT(name) ON TABLE public.exclusions TO ciiscan_worker;

GRANT SELECT(reason) ON TABLE public.exclusions TO ciiscan_worker;

GRANT SELECT(until_at) ON TABLE public.exclusions TO ciiscan_worker;

GRANT INSERT ON TABLE public.host_results TO ciiscan_worker;

GRANT INSERT ON TABLE public.observations TO ciiscan_worker;

GRANT INSERT ON TABLE public.port_coverage TO ciiscan_worker;

GRANT SELECT,INSERT,DELETE ON TABLE public.scan_leases TO ciiscan_worker;

GRANT SELECT ON TABLE public.scan_tasks TO ciiscan_worker;

GRANT UPDATE(state) ON TABLE public.scan_tasks TO ciiscan_worker;

GRANT UPDATE(attempt) ON TABLE public.scan_tasks TO ciiscan_worker;

GRANT UPDATE(worker) ON TABLE public.scan_tasks TO ciiscan_worker;

GRANT UPDATE(lease_until) ON TABLE public.scan_tasks TO ciiscan_worker;

GRANT UPDATE(note) ON TABLE public.scan_tasks TO ciiscan_worker;

GRANT UPDATE(method) ON TABLE public.scan_tasks TO ciiscan_worker;

GRANT UPDATE(requests) ON TABLE public.scan_tasks TO ciiscan_worker;

GRANT UPDATE(claimed_at) ON TABLE public.scan_tasks TO ciiscan_worker;

GRANT UPDATE(ended_at) ON TABLE public.scan_tasks TO ciiscan_worker;

GRANT UPDATE(judged_at) ON TABLE public.scan_tasks TO ciiscan_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.scan_turns TO ciiscan_worker;

GRANT SELECT(id) ON TABLE public.scans TO ciiscan_worker;

GRANT SELECT(state),UPDATE(state) ON TABLE public.scans TO ciiscan_worker;

GRANT UPDATE(started_at) ON TABLE public.scans TO ciiscan_worker;

GRANT SELECT(note) ON TABLE public.scans TO ciiscan_worker;

GRANT SELECT ON TABLE public.schema_migrations TO ciiscan_worker;

GRANT SELECT ON TABLE public.stop_switch TO ciiscan_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.workers TO ciiscan_worker;
