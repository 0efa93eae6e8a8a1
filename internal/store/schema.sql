-- Made from migrations/ by TestSchema; do not edit.

CREATE SCHEMA bound;

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';

CREATE FUNCTION public.bound_org() RETURNS text
    LANGUAGE sql STABLE
    AS $$ SELECT current_setting('ciiscan.org', true) $$;

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
	RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;

CREATE FUNCTION public.refuse_change_of_edition() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
	IF TG_OP = 'DELETE'
		OR (OLD.num, OLD.id, OLD.run_id, OLD.week, OLD.kind, OLD.org_id, OLD.revision, OLD.because)
			IS DISTINCT FROM (NEW.num, NEW.id, NEW.run_id, NEW.week, NEW.kind, NEW.org_id, NEW.revision, NEW.because)
		OR OLD.sent_at IS NOT NULL AND (OLD.rendering, OLD.note, OLD.facts, OLD.made_at, OLD.approved_by, OLD.sent_at)
			IS DISTINCT FROM (NEW.rendering, NEW.note, NEW.facts, NEW.made_at, NEW.approved_by, NEW.sent_at) THEN
		RAISE EXCEPTION 'edition % was issued like that and never changes', OLD.id;
	END IF;
	RETURN NEW;
END $$;

CREATE FUNCTION public.refuse_change_of_inbound() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
	IF TG_OP = 'DELETE'
		OR (OLD.num, OLD.team_id, OLD.source_id, OLD.channel, OLD.received_at, OLD.sha256)
			IS DISTINCT FROM (NEW.num, NEW.team_id, NEW.source_id, NEW.channel, NEW.received_at, NEW.sha256)
		OR OLD.document->>'format' <> '' AND (OLD.signature, OLD.signed_by, OLD.namespace, OLD.tracking_id, OLD.version, OLD.document)
			IS DISTINCT FROM (NEW.signature, NEW.signed_by, NEW.namespace, NEW.tracking_id, NEW.version, NEW.document)
		OR OLD.duplicates IS NOT NULL AND OLD.duplicates IS DISTINCT FROM NEW.duplicates THEN
		RAISE EXCEPTION '% was received like that and never changes', OLD.id;
	END IF;
	RETURN NEW;
END $$;

CREATE FUNCTION public.refuse_change_of_release() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
	IF TG_OP = 'DELETE' OR OLD.state <> 'requested' THEN
		RAISE EXCEPTION 'release % is % and never changes', OLD.id, OLD.state;
	END IF;
	RETURN NEW;
END $$;

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
    aim jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT scan_tasks_addresses_check CHECK ((cardinality(addresses) > 0)),
    CONSTRAINT scan_tasks_check CHECK (((state = 'running'::text) = (lease_until IS NOT NULL))),
    CONSTRAINT scan_tasks_priority_check CHECK (((priority >= 1) AND (priority <= 4))),
    CONSTRAINT scan_tasks_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'complete'::text, 'partial'::text, 'unreachable'::text, 'blocked'::text, 'failed'::text, 'cancelled'::text])))
);

CREATE VIEW bound.check_coverage WITH (security_barrier='true') AS
 SELECT r.task_id,
    r.asset_id,
    r.address,
    r.port,
    r.transport,
    r.hostname,
    r.ran,
    r.missed
   FROM public.check_coverage r
  WHERE (EXISTS ( SELECT 1
           FROM public.scan_tasks t
          WHERE ((t.id = r.task_id) AND (t.org_id = public.bound_org()))));

CREATE TABLE public.host_results (
    task_id text NOT NULL,
    asset_id text NOT NULL,
    address inet NOT NULL,
    outcome text NOT NULL,
    reason text NOT NULL,
    CONSTRAINT host_results_outcome_check CHECK ((outcome = ANY (ARRAY['complete'::text, 'partial'::text, 'unreachable'::text, 'blocked'::text, 'failed'::text])))
);

CREATE VIEW bound.host_results WITH (security_barrier='true') AS
 SELECT r.task_id,
    r.asset_id,
    r.address,
    r.outcome,
    r.reason
   FROM public.host_results r
  WHERE (EXISTS ( SELECT 1
           FROM public.scan_tasks t
          WHERE ((t.id = r.task_id) AND (t.org_id = public.bound_org()))));

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

CREATE VIEW bound.observations WITH (security_barrier='true') AS
 SELECT r.num,
    r.task_id,
    r.asset_id,
    r.address,
    r.port,
    r.transport,
    r.hostname,
    r.at,
    r.service,
    r.check_id,
    r.matcher,
    r.extracted,
    r.location,
    r.evidence_id
   FROM public.observations r
  WHERE (EXISTS ( SELECT 1
           FROM public.scan_tasks t
          WHERE ((t.id = r.task_id) AND (t.org_id = public.bound_org()))));

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

CREATE VIEW bound.port_coverage WITH (security_barrier='true') AS
 SELECT r.task_id,
    r.asset_id,
    r.address,
    r.transport,
    r.open,
    r.closed,
    r.filtered
   FROM public.port_coverage r
  WHERE (EXISTS ( SELECT 1
           FROM public.scan_tasks t
          WHERE ((t.id = r.task_id) AND (t.org_id = public.bound_org()))));

CREATE TABLE public.account_totp (
    account_id text NOT NULL,
    secret text NOT NULL,
    last_step bigint NOT NULL,
    enrolled_at timestamp with time zone NOT NULL,
    CONSTRAINT account_totp_secret_check CHECK ((secret <> ''::text))
);

CREATE TABLE public.accounts (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('ACC-'::text || (num)::text)) STORED NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    org_id text,
    password_hash text,
    created_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone,
    handle text NOT NULL,
    issuer text,
    subject text,
    language text DEFAULT ''::text NOT NULL,
    theme text DEFAULT ''::text NOT NULL,
    zone text DEFAULT ''::text NOT NULL,
    no_keys boolean DEFAULT false NOT NULL,
    CONSTRAINT accounts_check CHECK (((role = ANY (ARRAY['operator_admin'::text, 'operator'::text])) = (org_id IS NOT NULL))),
    CONSTRAINT accounts_check1 CHECK (((issuer IS NULL) = (subject IS NULL))),
    CONSTRAINT accounts_check2 CHECK (((password_hash IS NULL) = (subject IS NOT NULL))),
    CONSTRAINT accounts_name_check CHECK (((name <> ''::text) AND (name = lower(name)))),
    CONSTRAINT accounts_password_hash_check CHECK ((password_hash ~ '^\$argon2id\$'::text)),
    CONSTRAINT accounts_role_check CHECK ((role = ANY (ARRAY['administrator'::text, 'analyst'::text, 'approver'::text, 'legal_officer'::text, 'auditor'::text, 'operator_admin'::text, 'operator'::text]))),
    CONSTRAINT accounts_theme_check CHECK ((theme = ANY (ARRAY[''::text, 'light'::text, 'dark'::text])))
);

ALTER TABLE public.accounts ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.accounts_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

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

CREATE TABLE public.advisory_comments (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('COM-'::text || (num)::text)) STORED NOT NULL,
    advisory_id text NOT NULL,
    revision integer NOT NULL,
    at timestamp with time zone NOT NULL,
    author text NOT NULL,
    field text NOT NULL,
    body text NOT NULL,
    resolved_by text DEFAULT ''::text NOT NULL,
    resolved_at timestamp with time zone,
    CONSTRAINT advisory_comments_author_check CHECK ((author <> ''::text)),
    CONSTRAINT advisory_comments_body_check CHECK ((body <> ''::text)),
    CONSTRAINT advisory_comments_check CHECK (((resolved_by <> ''::text) = (resolved_at IS NOT NULL)))
);

ALTER TABLE public.advisory_comments ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.advisory_comments_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.advisory_findings (
    advisory_id text NOT NULL,
    finding_id text NOT NULL,
    added_by text NOT NULL,
    added_at timestamp with time zone NOT NULL
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

CREATE TABLE public.agreements (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('AGR-'::text || (num)::text)) STORED NOT NULL,
    team_id text NOT NULL,
    reference text NOT NULL,
    title text NOT NULL,
    ours jsonb NOT NULL,
    theirs jsonb NOT NULL,
    state text NOT NULL,
    signed_at timestamp with time zone,
    effective_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    auto_renew boolean NOT NULL,
    notice_days integer NOT NULL,
    review_at timestamp with time zone,
    document_name text NOT NULL,
    document_sha256 text,
    reciprocity text NOT NULL,
    give jsonb NOT NULL,
    take jsonb NOT NULL,
    committee jsonb NOT NULL,
    meetings jsonb NOT NULL,
    themes jsonb NOT NULL,
    ended_by text NOT NULL,
    ended_why text NOT NULL,
    ended_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT agreements_check CHECK ((expires_at > effective_at)),
    CONSTRAINT agreements_check1 CHECK (((state = ANY (ARRAY['draft'::text, 'terminated'::text])) OR ((signed_at IS NOT NULL) AND (document_sha256 IS NOT NULL)))),
    CONSTRAINT agreements_notice_days_check CHECK ((notice_days >= 0)),
    CONSTRAINT agreements_reference_check CHECK ((reference <> ''::text)),
    CONSTRAINT agreements_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'signed'::text, 'active'::text, 'suspended'::text, 'expired'::text, 'terminated'::text])))
);

ALTER TABLE public.agreements ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.agreements_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.answers (
    num bigint NOT NULL,
    inbound_id text NOT NULL,
    team_id text NOT NULL,
    at timestamp with time zone NOT NULL,
    author text NOT NULL,
    state text NOT NULL,
    counts jsonb NOT NULL,
    few jsonb NOT NULL,
    sectors jsonb NOT NULL,
    first_at timestamp with time zone,
    last_at timestamp with time zone,
    usefulness smallint NOT NULL,
    comment text NOT NULL,
    channel text NOT NULL,
    sent_at timestamp with time zone,
    CONSTRAINT answers_state_check CHECK ((state = ANY (ARRAY['received'::text, 'valid'::text, 'accepted'::text, 'rejected'::text, 'closed'::text]))),
    CONSTRAINT answers_usefulness_check CHECK (((usefulness >= 0) AND (usefulness <= 5)))
);

ALTER TABLE public.answers ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.answers_num_seq
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

CREATE TABLE public.asset_undos (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('U-'::text || (num)::text)) STORED NOT NULL,
    org_id text,
    actor text NOT NULL,
    act text NOT NULL,
    changes jsonb NOT NULL,
    made_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    undone_at timestamp with time zone
);

ALTER TABLE public.asset_undos ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.asset_undos_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
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
    consent text DEFAULT 'none'::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    net inet GENERATED ALWAYS AS (
CASE
    WHEN (kind = ANY (ARRAY['ipv4'::text, 'ipv6'::text, 'cidr'::text])) THEN (address)::inet
    ELSE NULL::inet
END) STORED,
    tested_at timestamp with time zone,
    answered_at timestamp with time zone,
    open_score bigint DEFAULT 0 NOT NULL,
    looked_at timestamp with time zone,
    function text DEFAULT ''::text NOT NULL,
    contact_id text,
    at_most smallint,
    host text GENERATED ALWAYS AS (
CASE kind
    WHEN 'hostname'::text THEN address
    WHEN 'url'::text THEN "substring"(address, '^https?://(\[[0-9a-f:.]+\]|[^/:?#]+)'::text)
    ELSE NULL::text
END) STORED,
    CONSTRAINT assets_at_most_check CHECK (((at_most >= 1) AND (at_most <= 4))),
    CONSTRAINT assets_class_check CHECK ((class = ANY (ARRAY['it'::text, 'ot'::text]))),
    CONSTRAINT assets_consent_check CHECK ((consent = ANY (ARRAY['none'::text, 'anonymised'::text, 'identified'::text]))),
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
    version integer DEFAULT 1 NOT NULL,
    created_by text DEFAULT ''::text NOT NULL,
    submitted_by text DEFAULT ''::text NOT NULL,
    submitted_at timestamp with time zone,
    decided_by text DEFAULT ''::text NOT NULL,
    decided_at timestamp with time zone,
    checked_at timestamp with time zone,
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

CREATE TABLE public.backups (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('BAK-'::text || (num)::text)) STORED NOT NULL,
    at timestamp with time zone NOT NULL,
    host text NOT NULL,
    file text NOT NULL,
    bytes bigint NOT NULL,
    sha256 text NOT NULL,
    schema_version integer NOT NULL,
    made_by text NOT NULL,
    CONSTRAINT backups_bytes_check CHECK ((bytes > 0)),
    CONSTRAINT backups_file_check CHECK ((file <> ''::text)),
    CONSTRAINT backups_host_check CHECK ((host <> ''::text)),
    CONSTRAINT backups_made_by_check CHECK ((made_by <> ''::text)),
    CONSTRAINT backups_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

ALTER TABLE public.backups ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.backups_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.bounces (
    num bigint NOT NULL,
    sha256 text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    notice_num bigint,
    recipient text NOT NULL,
    action text NOT NULL,
    status text NOT NULL,
    diagnostic text NOT NULL,
    hard boolean NOT NULL
);

ALTER TABLE public.bounces ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.bounces_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.bulletins (
    num bigint NOT NULL,
    id text NOT NULL,
    version integer NOT NULL,
    tlp text NOT NULL,
    checks text[] NOT NULL,
    document jsonb NOT NULL,
    published_at timestamp with time zone NOT NULL,
    withdrawn_at timestamp with time zone,
    CONSTRAINT bulletins_tlp_check CHECK ((tlp = ANY (ARRAY['clear'::text, 'green'::text, 'amber'::text])))
);

ALTER TABLE public.bulletins ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.bulletins_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.bundles_in (
    team_id text NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT bundles_in_seq_check CHECK ((seq > 0))
);

CREATE TABLE public.bundles_out (
    team_id text NOT NULL,
    last bigint NOT NULL,
    sha256 text DEFAULT ''::text NOT NULL,
    CONSTRAINT bundles_out_last_check CHECK ((last > 0))
);

CREATE TABLE public.certificate_sightings (
    num bigint NOT NULL,
    asset_id text NOT NULL,
    address inet NOT NULL,
    port integer NOT NULL,
    transport text NOT NULL,
    sha256 text NOT NULL,
    not_after timestamp with time zone NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    gone_at timestamp with time zone,
    CONSTRAINT certificate_sightings_port_check CHECK (((port >= 0) AND (port <= 65535))),
    CONSTRAINT certificate_sightings_transport_check CHECK ((transport = ANY (ARRAY['tcp'::text, 'udp'::text])))
);

ALTER TABLE public.certificate_sightings ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.certificate_sightings_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.certificates (
    sha256 text NOT NULL,
    subject text NOT NULL,
    issuer text NOT NULL,
    names jsonb NOT NULL,
    not_before timestamp with time zone NOT NULL,
    not_after timestamp with time zone NOT NULL,
    key_type text NOT NULL,
    key_bits integer NOT NULL,
    self_signed boolean NOT NULL,
    CONSTRAINT certificates_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
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
    cvss numeric(3,1) DEFAULT 0 NOT NULL,
    cvss_vector text DEFAULT ''::text NOT NULL,
    CONSTRAINT checks_cvss_check CHECK (((cvss >= (0)::numeric) AND (cvss <= (10)::numeric))),
    CONSTRAINT checks_severity_check CHECK ((severity = ANY (ARRAY['info'::text, 'low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT checks_source_check CHECK ((source = ANY (ARRAY['template'::text, 'exposure'::text])))
);

CREATE TABLE public.contact_mail (
    contact_id text NOT NULL,
    org_id text NOT NULL,
    bilingual boolean DEFAULT false NOT NULL,
    problem text DEFAULT ''::text NOT NULL,
    problem_at timestamp with time zone,
    problem_detail text DEFAULT ''::text NOT NULL,
    code_sha256 text DEFAULT ''::text NOT NULL,
    code_until timestamp with time zone,
    code_tries integer DEFAULT 0 NOT NULL,
    verified_at timestamp with time zone,
    verified_address text DEFAULT ''::text NOT NULL,
    CONSTRAINT contact_mail_problem_check CHECK ((problem = ANY (ARRAY[''::text, 'bounced'::text, 'key_expired'::text, 'key_broken'::text])))
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
    language text DEFAULT 'en'::text NOT NULL,
    time_zone text DEFAULT ''::text NOT NULL,
    smime_certificate text DEFAULT ''::text NOT NULL,
    "position" smallint DEFAULT 1 NOT NULL,
    digest boolean DEFAULT true NOT NULL,
    alerts boolean DEFAULT true NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT contacts_language_check CHECK ((language = ANY (ARRAY['en'::text, 'bn'::text, 'hi'::text, 'ne'::text, 'si'::text, 'ta'::text, 'th'::text, 'my'::text, 'dz'::text]))),
    CONSTRAINT contacts_position_check CHECK (("position" = ANY (ARRAY[1, 2]))),
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

CREATE TABLE public.deliveries (
    num bigint NOT NULL,
    release_id text NOT NULL,
    team_id text NOT NULL,
    channel text NOT NULL,
    state text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone NOT NULL,
    last_error text DEFAULT ''::text NOT NULL,
    delivered_at timestamp with time zone,
    ack_by timestamp with time zone,
    ack_at timestamp with time zone,
    CONSTRAINT deliveries_channel_check CHECK ((channel = ANY (ARRAY['csaf'::text, 'taxii'::text, 'misp'::text, 'push'::text, 'mail'::text, 'bundle'::text]))),
    CONSTRAINT deliveries_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'available'::text, 'delivered'::text, 'confirmed'::text, 'stopped'::text])))
);

ALTER TABLE public.deliveries ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.deliveries_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.discoveries (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('D-'::text || (num)::text)) STORED NOT NULL,
    org_id text NOT NULL,
    address text NOT NULL,
    kind text NOT NULL,
    how text NOT NULL,
    seen_on text NOT NULL,
    quote text NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    decided_by text DEFAULT ''::text NOT NULL,
    decided_at timestamp with time zone,
    reason text DEFAULT ''::text NOT NULL,
    asset_id text,
    CONSTRAINT discoveries_address_check CHECK ((address <> ''::text)),
    CONSTRAINT discoveries_how_check CHECK ((how = ANY (ARRAY['certificate'::text, 'redirect'::text]))),
    CONSTRAINT discoveries_kind_check CHECK ((kind = ANY (ARRAY['ipv4'::text, 'ipv6'::text, 'hostname'::text]))),
    CONSTRAINT discoveries_state_check CHECK ((state = ANY (ARRAY['open'::text, 'claimed'::text, 'rejected'::text])))
);

ALTER TABLE public.discoveries ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.discoveries_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.disputes (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('D-'::text || (num)::text)) STORED NOT NULL,
    finding_id text NOT NULL,
    org_id text NOT NULL,
    claim text NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    until_at timestamp with time zone,
    opened_by text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    ended_by text NOT NULL,
    ended_at timestamp with time zone,
    outcome text NOT NULL,
    CONSTRAINT disputes_check CHECK (((state = ANY (ARRAY['open'::text, 'answered'::text])) = (ended_at IS NULL))),
    CONSTRAINT disputes_claim_check CHECK ((claim = ANY (ARRAY['compensating_control'::text, 'not_mine'::text, 'cannot_reproduce'::text, 'accept_risk'::text]))),
    CONSTRAINT disputes_reason_check CHECK ((reason <> ''::text)),
    CONSTRAINT disputes_state_check CHECK ((state = ANY (ARRAY['open'::text, 'answered'::text, 'upheld'::text, 'rejected'::text, 'withdrawn'::text])))
);

ALTER TABLE public.disputes ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.disputes_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.documents (
    sha256 text NOT NULL,
    content bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    media_type text DEFAULT ''::text NOT NULL,
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

CREATE TABLE public.feedback (
    num bigint NOT NULL,
    team_id text NOT NULL,
    advisory_id text NOT NULL,
    release_id text NOT NULL,
    at timestamp with time zone NOT NULL,
    state text NOT NULL,
    counts jsonb NOT NULL,
    first_at timestamp with time zone,
    last_at timestamp with time zone,
    usefulness smallint NOT NULL,
    comment text NOT NULL,
    inbound_id text,
    CONSTRAINT feedback_usefulness_check CHECK (((usefulness >= 0) AND (usefulness <= 5)))
);

ALTER TABLE public.feedback ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.feedback_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.finding_bulk_rows (
    bulk_id text NOT NULL,
    finding_id text NOT NULL,
    version bigint NOT NULL,
    work text NOT NULL,
    waiver text NOT NULL,
    waiver_reason text NOT NULL,
    waiver_by text NOT NULL,
    waiver_until timestamp with time zone,
    assignee text NOT NULL,
    tags jsonb NOT NULL
);

CREATE TABLE public.finding_bulks (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('B-'::text || (num)::text)) STORED NOT NULL,
    actor text NOT NULL,
    at timestamp with time zone NOT NULL,
    until_at timestamp with time zone NOT NULL,
    act text NOT NULL,
    subject text NOT NULL,
    rows integer NOT NULL,
    undone_at timestamp with time zone
);

ALTER TABLE public.finding_bulks ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.finding_bulks_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.finding_comments (
    num bigint NOT NULL,
    finding_id text NOT NULL,
    org_id text NOT NULL,
    dispute_id text,
    at timestamp with time zone NOT NULL,
    author text NOT NULL,
    operator boolean NOT NULL,
    shared boolean NOT NULL,
    body text NOT NULL,
    bulk_id text,
    withdraws bigint,
    CONSTRAINT finding_comments_body_check CHECK ((body <> ''::text)),
    CONSTRAINT finding_comments_check CHECK ((shared OR (NOT operator))),
    CONSTRAINT finding_comments_check1 CHECK ((shared OR (dispute_id IS NULL)))
);

ALTER TABLE public.finding_comments ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.finding_comments_num_seq
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
    CONSTRAINT finding_events_kind_check CHECK ((kind = ANY (ARRAY['opened'::text, 'verified'::text, 'negative'::text, 'not_tested'::text, 'fixed'::text, 'back_again'::text, 'changed'::text, 'work'::text, 'waived'::text, 'assigned'::text, 'tagged'::text, 'answered'::text, 'disputed'::text, 'decided'::text, 'noticed'::text, 'rescan'::text, 'advised'::text])))
);

ALTER TABLE public.finding_events ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.finding_events_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.finding_rescans (
    num bigint NOT NULL,
    finding_id text NOT NULL,
    org_id text NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    operator boolean NOT NULL,
    scan_id text
);

ALTER TABLE public.finding_rescans ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.finding_rescans_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.finding_views (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('V-'::text || (num)::text)) STORED NOT NULL,
    owner text NOT NULL,
    org_id text,
    name text NOT NULL,
    query text NOT NULL,
    team boolean NOT NULL,
    standard boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT finding_views_name_check CHECK ((name <> ''::text))
);

ALTER TABLE public.finding_views ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.finding_views_num_seq
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
    version bigint DEFAULT 1 NOT NULL,
    assignee text DEFAULT ''::text NOT NULL,
    tags jsonb DEFAULT '[]'::jsonb NOT NULL,
    answer text DEFAULT ''::text NOT NULL,
    answered_at timestamp with time zone,
    promised_at timestamp with time zone,
    dispute text DEFAULT ''::text NOT NULL,
    severity_order smallint GENERATED ALWAYS AS (
CASE severity
    WHEN 'critical'::text THEN 0
    WHEN 'high'::text THEN 1
    WHEN 'medium'::text THEN 2
    WHEN 'low'::text THEN 3
    ELSE 4
END) STORED NOT NULL,
    urgency smallint GENERATED ALWAYS AS (
CASE
    WHEN (detection = 'fixed'::text) THEN 90
    ELSE ((
    CASE decision
        WHEN 'act'::text THEN 0
        WHEN 'attend'::text THEN 10
        WHEN 'track*'::text THEN 20
        WHEN 'track'::text THEN 30
        ELSE 40
    END +
    CASE
        WHEN kev THEN 0
        ELSE 5
    END) +
    CASE severity
        WHEN 'critical'::text THEN 0
        WHEN 'high'::text THEN 1
        WHEN 'medium'::text THEN 2
        WHEN 'low'::text THEN 3
        ELSE 4
    END)
END) STORED NOT NULL,
    CONSTRAINT findings_answer_check CHECK ((answer = ANY (ARRAY[''::text, 'fixed'::text, 'working'::text, 'compensating_control'::text, 'not_mine'::text, 'cannot_reproduce'::text, 'accept_risk'::text]))),
    CONSTRAINT findings_check CHECK (((detection = 'fixed'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT findings_check1 CHECK (((waiver = 'none'::text) = (waiver_until IS NULL))),
    CONSTRAINT findings_decision_check CHECK ((decision = ANY (ARRAY[''::text, 'track'::text, 'track*'::text, 'attend'::text, 'act'::text]))),
    CONSTRAINT findings_detection_check CHECK ((detection = ANY (ARRAY['open'::text, 'fixed'::text, 'back_again'::text]))),
    CONSTRAINT findings_dispute_check CHECK ((dispute = ANY (ARRAY[''::text, 'open'::text, 'answered'::text]))),
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

CREATE TABLE public.former_services (
    num bigint NOT NULL,
    asset_id text NOT NULL,
    address inet NOT NULL,
    port integer NOT NULL,
    transport text NOT NULL,
    name text NOT NULL,
    product text NOT NULL,
    version text NOT NULL,
    tls boolean NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    gone_at timestamp with time zone NOT NULL,
    CONSTRAINT former_services_port_check CHECK (((port >= 0) AND (port <= 65535))),
    CONSTRAINT former_services_transport_check CHECK ((transport = ANY (ARRAY['tcp'::text, 'udp'::text])))
);

ALTER TABLE public.former_services ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.former_services_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.import_mappings (
    org_id text NOT NULL,
    headings text NOT NULL,
    fields jsonb NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    CONSTRAINT import_mappings_headings_check CHECK ((headings ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE public.import_rows (
    import_id text NOT NULL,
    "position" integer NOT NULL,
    org_id text NOT NULL,
    line integer NOT NULL,
    class text NOT NULL,
    address text NOT NULL,
    "row" jsonb NOT NULL,
    asset_id text,
    was jsonb,
    CONSTRAINT import_rows_class_check CHECK ((class = ANY (ARRAY['new'::text, 'changed'::text, 'same'::text, 'duplicate'::text, 'error'::text])))
);

CREATE TABLE public.imports (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('IMP-'::text || (num)::text)) STORED NOT NULL,
    org_id text NOT NULL,
    state text NOT NULL,
    name text NOT NULL,
    content bytea,
    pasted boolean NOT NULL,
    sheet text NOT NULL,
    headers jsonb NOT NULL,
    sheets jsonb NOT NULL,
    notes jsonb NOT NULL,
    counts jsonb NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    done_by text DEFAULT ''::text NOT NULL,
    done_at timestamp with time zone,
    undone_by text DEFAULT ''::text NOT NULL,
    undone_at timestamp with time zone,
    format text DEFAULT ''::text NOT NULL,
    CONSTRAINT imports_format_check CHECK ((format = ANY (ARRAY[''::text, 'nmap'::text, 'cyclonedx'::text]))),
    CONSTRAINT imports_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'done'::text, 'undone'::text])))
);

ALTER TABLE public.imports ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.imports_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.inbounds (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('IN-'::text || (num)::text)) STORED NOT NULL,
    team_id text NOT NULL,
    source_id text,
    channel text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    sha256 text NOT NULL,
    size bigint NOT NULL,
    signature text NOT NULL,
    signed_by text NOT NULL,
    problems jsonb NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    decided_by text NOT NULL,
    decided_at timestamp with time zone,
    agreement_id text,
    namespace text NOT NULL,
    tracking_id text NOT NULL,
    version text NOT NULL,
    document jsonb NOT NULL,
    duplicates text,
    supersedes text,
    matched_at timestamp with time zone,
    CONSTRAINT inbounds_check CHECK (((state = 'duplicate'::text) = (duplicates IS NOT NULL))),
    CONSTRAINT inbounds_check1 CHECK (((state = ANY (ARRAY['quarantined'::text, 'duplicate'::text])) OR ((decided_at IS NOT NULL) AND (decided_by <> ''::text)))),
    CONSTRAINT inbounds_signature_check CHECK ((signature = ANY (ARRAY['good'::text, 'none'::text, 'bad'::text, 'unknown_key'::text, 'expired_key'::text, 'other_team'::text]))),
    CONSTRAINT inbounds_state_check CHECK ((state = ANY (ARRAY['quarantined'::text, 'accepted'::text, 'rejected'::text, 'duplicate'::text, 'superseded'::text, 'withdrawn'::text, 'noted'::text])))
);

ALTER TABLE public.inbounds ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.inbounds_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.invitations (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('INV-'::text || (num)::text)) STORED NOT NULL,
    sha256 text NOT NULL,
    first boolean NOT NULL,
    role text NOT NULL,
    org_id text,
    invited_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    until_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    revoked_at timestamp with time zone,
    account_id text,
    renews text,
    CONSTRAINT invitations_check CHECK ((until_at > created_at)),
    CONSTRAINT invitations_check1 CHECK (((accepted_at IS NULL) = (account_id IS NULL))),
    CONSTRAINT invitations_check2 CHECK (((NOT first) OR (role = 'administrator'::text))),
    CONSTRAINT invitations_invited_by_check CHECK ((invited_by <> ''::text)),
    CONSTRAINT invitations_role_check CHECK ((role <> ''::text)),
    CONSTRAINT invitations_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

ALTER TABLE public.invitations ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.invitations_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.key_changes (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('KEY-'::text || (num)::text)) STORED NOT NULL,
    team_id text NOT NULL,
    kind text NOT NULL,
    revoke boolean NOT NULL,
    fingerprint text NOT NULL,
    key jsonb,
    certificate jsonb,
    requested_by text NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    reason text NOT NULL,
    confirmed_by text NOT NULL,
    confirmed_at timestamp with time zone,
    rejected_at timestamp with time zone,
    CONSTRAINT key_changes_check CHECK ((lower(confirmed_by) <> lower(requested_by))),
    CONSTRAINT key_changes_check1 CHECK (((confirmed_by <> ''::text) = (confirmed_at IS NOT NULL))),
    CONSTRAINT key_changes_check2 CHECK (((confirmed_at IS NULL) OR (rejected_at IS NULL))),
    CONSTRAINT key_changes_fingerprint_check CHECK ((fingerprint <> ''::text)),
    CONSTRAINT key_changes_kind_check CHECK ((kind = ANY (ARRAY['openpgp'::text, 'tls'::text]))),
    CONSTRAINT key_changes_reason_check CHECK ((reason <> ''::text)),
    CONSTRAINT key_changes_requested_by_check CHECK ((requested_by <> ''::text))
);

ALTER TABLE public.key_changes ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.key_changes_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.matches (
    num bigint NOT NULL,
    inbound_id text NOT NULL,
    org_id text NOT NULL,
    asset_id text NOT NULL,
    service text NOT NULL,
    how text NOT NULL,
    checks jsonb NOT NULL,
    verdict text NOT NULL,
    why text NOT NULL,
    evidence_id text NOT NULL,
    scan_id text NOT NULL,
    matched_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    fixed_at timestamp with time zone,
    told_at timestamp with time zone,
    due_at timestamp with time zone,
    CONSTRAINT matches_check CHECK (((verdict = 'pending'::text) = (decided_at IS NULL))),
    CONSTRAINT matches_verdict_check CHECK ((verdict = ANY (ARRAY['pending'::text, 'affected'::text, 'fixed'::text, 'not_present'::text, 'unknown'::text])))
);

ALTER TABLE public.matches ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.matches_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.notice_clock (
    one boolean DEFAULT true NOT NULL,
    floor bigint NOT NULL,
    mark bigint NOT NULL,
    marked_at timestamp with time zone NOT NULL,
    CONSTRAINT notice_clock_one_check CHECK (one)
);

CREATE TABLE public.notice_days (
    org_id text NOT NULL,
    day date NOT NULL
);

CREATE TABLE public.notice_items (
    num bigint NOT NULL,
    org_id text NOT NULL,
    contact_id text NOT NULL,
    kind text NOT NULL,
    object text NOT NULL,
    stage text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    held boolean NOT NULL,
    notice_num bigint,
    settled_at timestamp with time zone
);

ALTER TABLE public.notice_items ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.notice_items_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.notices (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('N-'::text || (num)::text)) STORED NOT NULL,
    org_id text NOT NULL,
    contact_id text NOT NULL,
    role text NOT NULL,
    address text NOT NULL,
    kind text NOT NULL,
    language text NOT NULL,
    bilingual boolean NOT NULL,
    letter jsonb NOT NULL,
    state text NOT NULL,
    protection text NOT NULL,
    message_id text NOT NULL,
    thread text NOT NULL,
    token text NOT NULL,
    attempts integer NOT NULL,
    next_at timestamp with time zone NOT NULL,
    last_error text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    bounced_at timestamp with time zone,
    confirmed_at timestamp with time zone,
    confirmed_by text NOT NULL,
    resend_of text NOT NULL,
    CONSTRAINT notices_kind_check CHECK ((kind = ANY (ARRAY['weekly'::text, 'alert'::text, 'reminder'::text, 'waiver_ending'::text, 'permission_ending'::text, 'unconfirmed'::text, 'advisory'::text, 'digest'::text, 'verify'::text]))),
    CONSTRAINT notices_protection_check CHECK ((protection = ANY (ARRAY[''::text, 'plain'::text, 'link'::text, 'pgp'::text, 'smime'::text]))),
    CONSTRAINT notices_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'failed'::text, 'bounced'::text, 'dry_run'::text, 'cancelled'::text])))
);

ALTER TABLE public.notices ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.notices_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
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
    version integer DEFAULT 1 NOT NULL,
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

CREATE TABLE public.passkeys (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('KEY-'::text || (num)::text)) STORED NOT NULL,
    account_id text NOT NULL,
    credential bytea NOT NULL,
    record jsonb NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT passkeys_name_check CHECK ((name <> ''::text))
);

ALTER TABLE public.passkeys ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.passkeys_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.receipts (
    num bigint NOT NULL,
    release_id text NOT NULL,
    team_id text,
    channel text NOT NULL,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    credential text NOT NULL,
    path text NOT NULL,
    detail text NOT NULL,
    CONSTRAINT receipts_kind_check CHECK ((kind = ANY (ARRAY['fetched'::text, 'sent'::text, 'received'::text, 'valid'::text, 'accepted'::text, 'rejected'::text, 'closed'::text])))
);

ALTER TABLE public.receipts ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.receipts_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE UNLOGGED TABLE public.recents (
    owner text NOT NULL,
    kind text NOT NULL,
    thing text NOT NULL,
    org_id text,
    opened_at timestamp with time zone NOT NULL
);

CREATE TABLE public.recovery_codes (
    account_id text NOT NULL,
    sha256 text NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT recovery_codes_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE public.release_clock (
    only_one boolean DEFAULT true NOT NULL,
    last_at timestamp with time zone,
    CONSTRAINT release_clock_only_one_check CHECK (only_one)
);

CREATE TABLE public.release_files (
    release_id text NOT NULL,
    format text NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    bytes bytea NOT NULL,
    sha256 text NOT NULL,
    sha512 text NOT NULL,
    signature text NOT NULL,
    CONSTRAINT release_files_check CHECK ((sha256 = encode(sha256(bytes), 'hex'::text))),
    CONSTRAINT release_files_check1 CHECK ((sha512 = encode(sha512(bytes), 'hex'::text))),
    CONSTRAINT release_files_format_check CHECK ((format = ANY (ARRAY['csaf'::text, 'stix'::text, 'misp'::text]))),
    CONSTRAINT release_files_name_check CHECK ((name <> ''::text))
);

CREATE TABLE public.releases (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('REL-'::text || (num)::text)) STORED NOT NULL,
    advisory_id text NOT NULL,
    revision integer NOT NULL,
    team_id text,
    agreement_id text,
    state text NOT NULL,
    category text NOT NULL,
    tlp text NOT NULL,
    iep jsonb NOT NULL,
    profile jsonb NOT NULL,
    referral boolean NOT NULL,
    clause text NOT NULL,
    channels jsonb NOT NULL,
    reason text NOT NULL,
    requested_by text NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    approved_by text NOT NULL,
    legal_by text NOT NULL,
    released_at timestamp with time zone,
    withdrawal boolean NOT NULL,
    supersedes text,
    refused_why text NOT NULL,
    title text NOT NULL,
    summary text NOT NULL,
    CONSTRAINT releases_check CHECK ((lower(approved_by) <> lower(requested_by))),
    CONSTRAINT releases_check1 CHECK (((state = 'released'::text) = (released_at IS NOT NULL))),
    CONSTRAINT releases_check2 CHECK (((state <> 'released'::text) OR (approved_by <> ''::text))),
    CONSTRAINT releases_check3 CHECK (((state <> 'released'::text) OR withdrawal OR ((tlp <> 'red'::text) AND (category <> 'incident'::text)) OR (legal_by <> ''::text))),
    CONSTRAINT releases_check4 CHECK ((((team_id IS NULL) AND (agreement_id IS NULL) AND (NOT referral) AND (tlp = 'clear'::text) AND (category <> ALL (ARRAY['incident'::text, 'indicators'::text]))) OR ((team_id IS NOT NULL) AND (agreement_id IS NOT NULL)))),
    CONSTRAINT releases_check5 CHECK (((state = 'refused'::text) = (refused_why <> ''::text))),
    CONSTRAINT releases_requested_by_check CHECK ((requested_by <> ''::text)),
    CONSTRAINT releases_revision_check CHECK ((revision >= 1)),
    CONSTRAINT releases_state_check CHECK ((state = ANY (ARRAY['requested'::text, 'released'::text, 'refused'::text]))),
    CONSTRAINT releases_tlp_check CHECK ((tlp = ANY (ARRAY['clear'::text, 'green'::text, 'amber'::text, 'amber+strict'::text, 'red'::text])))
);

ALTER TABLE public.releases ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.releases_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.report_answers (
    edition bigint NOT NULL,
    org_id text NOT NULL,
    asset_id text NOT NULL,
    word text NOT NULL,
    comment text NOT NULL,
    by text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT report_answers_by_check CHECK ((by <> ''::text)),
    CONSTRAINT report_answers_word_check CHECK ((word = ANY (ARRAY['yes'::text, 'no'::text, 'changed'::text])))
);

CREATE TABLE public.report_bytes (
    sha256 text NOT NULL,
    bytes bytea NOT NULL,
    CONSTRAINT report_bytes_check CHECK ((sha256 = encode(sha256(bytes), 'hex'::text)))
);

CREATE TABLE public.report_clock (
    only_one boolean DEFAULT true NOT NULL,
    rule text NOT NULL,
    next_at timestamp with time zone,
    CONSTRAINT report_clock_only_one_check CHECK (only_one)
);

CREATE TABLE public.report_deliveries (
    num bigint NOT NULL,
    edition bigint NOT NULL,
    org_id text NOT NULL,
    contact_id text NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    state text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    problem text DEFAULT ''::text NOT NULL,
    how text DEFAULT ''::text NOT NULL,
    message_id text DEFAULT ''::text NOT NULL,
    queued_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    bounced_at timestamp with time zone,
    opened_at timestamp with time zone,
    acknowledged_at timestamp with time zone,
    CONSTRAINT report_deliveries_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'bounced'::text, 'failed'::text, 'opened'::text, 'acknowledged'::text])))
);

ALTER TABLE public.report_deliveries ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.report_deliveries_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.report_editions (
    num bigint NOT NULL,
    id text NOT NULL,
    run_id text NOT NULL,
    week text NOT NULL,
    kind text NOT NULL,
    org_id text,
    sector text NOT NULL,
    revision integer NOT NULL,
    because text NOT NULL,
    latest boolean DEFAULT true NOT NULL,
    state text NOT NULL,
    lease_until timestamp with time zone,
    rendering integer DEFAULT 0 NOT NULL,
    printed text DEFAULT ''::text NOT NULL,
    problem text DEFAULT ''::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    flags jsonb DEFAULT '[]'::jsonb NOT NULL,
    flagged boolean GENERATED ALWAYS AS ((flags <> '[]'::jsonb)) STORED,
    accepted jsonb DEFAULT '[]'::jsonb NOT NULL,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    made_at timestamp with time zone,
    checked_by text DEFAULT ''::text NOT NULL,
    held_by text DEFAULT ''::text NOT NULL,
    held_for text DEFAULT ''::text NOT NULL,
    approved_by text DEFAULT ''::text NOT NULL,
    approved_at timestamp with time zone,
    sent_by text DEFAULT ''::text NOT NULL,
    sent_at timestamp with time zone,
    opened_by text DEFAULT ''::text NOT NULL,
    opened_at timestamp with time zone,
    acknowledged_by text DEFAULT ''::text NOT NULL,
    acknowledged_at timestamp with time zone,
    CONSTRAINT report_editions_check CHECK (((kind = 'operator'::text) = (org_id IS NOT NULL))),
    CONSTRAINT report_editions_check1 CHECK (((revision > 1) = (because <> ''::text))),
    CONSTRAINT report_editions_check2 CHECK (((state <> 'held'::text) OR (held_for <> ''::text))),
    CONSTRAINT report_editions_check3 CHECK (((state <> ALL (ARRAY['approved'::text, 'sending'::text, 'sent'::text, 'bounced'::text, 'opened'::text, 'acknowledged'::text])) OR ((approved_by <> ''::text) AND (made_at IS NOT NULL) AND (printed = ANY (ARRAY['done'::text, 'absent'::text]))))),
    CONSTRAINT report_editions_check4 CHECK (((sent_at IS NOT NULL) = (state = ANY (ARRAY['sending'::text, 'sent'::text, 'bounced'::text, 'opened'::text, 'acknowledged'::text])))),
    CONSTRAINT report_editions_id_check CHECK ((id ~ '^[A-Za-z0-9_-]+$'::text)),
    CONSTRAINT report_editions_kind_check CHECK ((kind = ANY (ARRAY['operator'::text, 'sector'::text, 'national'::text]))),
    CONSTRAINT report_editions_printed_check CHECK ((printed = ANY (ARRAY[''::text, 'done'::text, 'failed'::text, 'absent'::text]))),
    CONSTRAINT report_editions_revision_check CHECK ((revision >= 1)),
    CONSTRAINT report_editions_state_check CHECK ((state = ANY (ARRAY['making'::text, 'not_rendered'::text, 'draft'::text, 'checked'::text, 'held'::text, 'approved'::text, 'sending'::text, 'sent'::text, 'bounced'::text, 'opened'::text, 'acknowledged'::text])))
);

ALTER TABLE public.report_editions ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.report_editions_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.report_files (
    edition bigint NOT NULL,
    rendering integer NOT NULL,
    "position" integer NOT NULL,
    org_id text,
    name text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    sha256 text NOT NULL,
    proof boolean NOT NULL,
    language text DEFAULT ''::text NOT NULL,
    CONSTRAINT report_files_name_check CHECK ((name ~ '^[A-Za-z0-9._-]+$'::text)),
    CONSTRAINT report_files_rendering_check CHECK ((rendering >= 1))
);

CREATE TABLE public.report_runs (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('RUN-'::text || (num)::text)) STORED NOT NULL,
    week text NOT NULL,
    from_at timestamp with time zone NOT NULL,
    to_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone NOT NULL,
    started_by text NOT NULL,
    CONSTRAINT report_runs_check CHECK ((to_at > from_at)),
    CONSTRAINT report_runs_started_by_check CHECK ((started_by <> ''::text)),
    CONSTRAINT report_runs_week_check CHECK ((week ~ '^[0-9]{4}-W[0-9]{2}$'::text))
);

ALTER TABLE public.report_runs ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.report_runs_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.report_snapshots (
    edition bigint NOT NULL,
    org_id text,
    taken_at timestamp with time zone NOT NULL,
    sha256 text NOT NULL,
    data bytea NOT NULL,
    CONSTRAINT report_snapshots_check CHECK ((sha256 = encode(sha256(data), 'hex'::text)))
);
ALTER TABLE ONLY public.report_snapshots ALTER COLUMN data SET STORAGE EXTERNAL;

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
    aim jsonb DEFAULT '{}'::jsonb NOT NULL,
    paused_at timestamp with time zone,
    paused_by text DEFAULT ''::text NOT NULL,
    CONSTRAINT scans_check CHECK (((schedule_id IS NULL) OR (slot_at IS NOT NULL))),
    CONSTRAINT scans_check1 CHECK (((paused_at IS NULL) = (paused_by = ''::text))),
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

CREATE TABLE public.sessions (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('SES-'::text || (num)::text)) STORED NOT NULL,
    sha256 text NOT NULL,
    account_id text NOT NULL,
    role text NOT NULL,
    org_id text,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    until_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    source inet,
    network cidr,
    agent text NOT NULL,
    proved_at timestamp with time zone NOT NULL,
    CONSTRAINT sessions_check CHECK ((until_at > created_at)),
    CONSTRAINT sessions_role_check CHECK ((role <> ''::text)),
    CONSTRAINT sessions_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

ALTER TABLE public.sessions ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.sessions_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.sign_in_failures (
    key text NOT NULL,
    count integer NOT NULL,
    last_at timestamp with time zone NOT NULL
);

CREATE TABLE public.sign_in_steps (
    sha256 text NOT NULL,
    kind text NOT NULL,
    data jsonb NOT NULL,
    until_at timestamp with time zone NOT NULL,
    CONSTRAINT sign_in_steps_kind_check CHECK ((kind <> ''::text)),
    CONSTRAINT sign_in_steps_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE public.sources (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('SRC-'::text || (num)::text)) STORED NOT NULL,
    team_id text NOT NULL,
    channel text NOT NULL,
    url text NOT NULL,
    hosts jsonb NOT NULL,
    api_key text NOT NULL,
    user_name text NOT NULL,
    ca text NOT NULL,
    every_seconds bigint NOT NULL,
    paused boolean NOT NULL,
    poll_cursor text NOT NULL,
    last_try timestamp with time zone,
    last_good timestamp with time zone,
    last_error text NOT NULL,
    next_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT sources_channel_check CHECK ((channel = ANY (ARRAY['csaf'::text, 'taxii'::text, 'misp'::text]))),
    CONSTRAINT sources_every_seconds_check CHECK ((every_seconds > 0)),
    CONSTRAINT sources_url_check CHECK ((url <> ''::text))
);

ALTER TABLE public.sources ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.sources_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.stop_switch (
    only_one boolean DEFAULT true NOT NULL,
    is_on boolean NOT NULL,
    reason text NOT NULL,
    moved_by text NOT NULL,
    moved_at timestamp with time zone,
    CONSTRAINT stop_switch_only_one_check CHECK (only_one)
);

CREATE TABLE public.taxii_collections (
    id text NOT NULL,
    team_id text,
    name text NOT NULL,
    last_added timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT taxii_collections_id_check CHECK ((id ~ '^[0-9a-f-]{36}$'::text)),
    CONSTRAINT taxii_collections_name_check CHECK ((name = ANY (ARRAY['clear'::text, 'green'::text, 'amber'::text, 'amber+strict'::text, 'red'::text, 'inbox'::text])))
);

CREATE TABLE public.taxii_objects (
    num bigint NOT NULL,
    collection_id text NOT NULL,
    release_id text NOT NULL,
    agreement_id text,
    object_id text NOT NULL,
    type text NOT NULL,
    modified timestamp with time zone,
    spec_version text NOT NULL,
    raw bytea NOT NULL,
    date_added timestamp with time zone NOT NULL
);

ALTER TABLE public.taxii_objects ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.taxii_objects_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.taxii_statuses (
    id text NOT NULL,
    team_id text NOT NULL,
    status jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT taxii_statuses_id_check CHECK ((id ~ '^[0-9a-f-]{36}$'::text))
);

CREATE TABLE public.team_api_keys (
    num bigint NOT NULL,
    team_id text NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    added_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT team_api_keys_name_check CHECK ((name <> ''::text)),
    CONSTRAINT team_api_keys_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

ALTER TABLE public.team_api_keys ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.team_api_keys_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.team_credentials (
    num bigint NOT NULL,
    team_id text NOT NULL,
    kind text NOT NULL,
    fingerprint text NOT NULL,
    material text NOT NULL,
    subject text NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_until timestamp with time zone,
    verified_by text NOT NULL,
    verified_how text NOT NULL,
    added_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT team_credentials_check CHECK ((((kind = 'openpgp'::text) AND (fingerprint ~ '^([0-9A-F]{40}|[0-9A-F]{64})$'::text)) OR ((kind = 'tls'::text) AND (fingerprint ~ '^[0-9a-f]{64}$'::text)))),
    CONSTRAINT team_credentials_check1 CHECK (((kind = 'openpgp'::text) OR (valid_until IS NOT NULL))),
    CONSTRAINT team_credentials_kind_check CHECK ((kind = ANY (ARRAY['openpgp'::text, 'tls'::text])))
);

ALTER TABLE public.team_credentials ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.team_credentials_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.teams (
    num bigint NOT NULL,
    id text GENERATED ALWAYS AS (('TEAM-'::text || (num)::text)) STORED NOT NULL,
    name text NOT NULL,
    country text NOT NULL,
    state text NOT NULL,
    rfc2350 text NOT NULL,
    memberships jsonb NOT NULL,
    contacts jsonb NOT NULL,
    namespaces jsonb NOT NULL,
    misp_org text NOT NULL,
    stix_identity text NOT NULL,
    time_zone text NOT NULL,
    languages jsonb NOT NULL,
    profile jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT teams_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT teams_name_check CHECK ((name <> ''::text)),
    CONSTRAINT teams_state_check CHECK ((state = ANY (ARRAY['example'::text, 'confirmed'::text, 'former'::text])))
);

ALTER TABLE public.teams ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.teams_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.tokens (
    sha256 bytea NOT NULL,
    user_name text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    org_id text,
    num bigint NOT NULL,
    scope text NOT NULL,
    account_id text,
    used_at timestamp with time zone,
    CONSTRAINT tokens_name_check CHECK ((name <> ''::text)),
    CONSTRAINT tokens_role_check CHECK ((role <> ''::text)),
    CONSTRAINT tokens_scope_check CHECK ((scope = ANY (ARRAY['read'::text, 'write'::text]))),
    CONSTRAINT tokens_user_name_check CHECK ((user_name <> ''::text))
);

ALTER TABLE public.tokens ALTER COLUMN num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.tokens_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.weekly_sectors (
    sector text NOT NULL,
    until_at timestamp with time zone NOT NULL,
    operators integer NOT NULL,
    urgent integer[] NOT NULL,
    age integer[] NOT NULL,
    to_close integer[] NOT NULL,
    met_share integer[] NOT NULL,
    CONSTRAINT weekly_sectors_operators_check CHECK ((operators >= 5))
);

CREATE TABLE public.weekly_standings (
    org_id text NOT NULL,
    until_at timestamp with time zone NOT NULL,
    sector text NOT NULL,
    critical integer NOT NULL,
    high integer NOT NULL,
    medium integer NOT NULL,
    low integer NOT NULL,
    info integer NOT NULL,
    kev integer NOT NULL,
    fresh integer NOT NULL,
    closed integer NOT NULL,
    median_age integer,
    to_close integer,
    due integer NOT NULL,
    met integer NOT NULL
);

CREATE TABLE public.workers (
    name text NOT NULL,
    version text NOT NULL,
    slots integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    engines text DEFAULT ''::text NOT NULL,
    raw boolean,
    CONSTRAINT workers_name_check CHECK ((name <> ''::text))
);

ALTER TABLE ONLY public.account_totp
    ADD CONSTRAINT account_totp_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_handle_key UNIQUE (handle);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_issuer_subject_key UNIQUE (issuer, subject);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_name_key UNIQUE (name);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_num_key UNIQUE (num);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.address_states
    ADD CONSTRAINT address_states_pkey PRIMARY KEY (asset_id, address);

ALTER TABLE ONLY public.advisories
    ADD CONSTRAINT advisories_num_key UNIQUE (num);

ALTER TABLE ONLY public.advisories
    ADD CONSTRAINT advisories_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.advisory_comments
    ADD CONSTRAINT advisory_comments_num_key UNIQUE (num);

ALTER TABLE ONLY public.advisory_comments
    ADD CONSTRAINT advisory_comments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.advisory_findings
    ADD CONSTRAINT advisory_findings_pkey PRIMARY KEY (advisory_id, finding_id);

ALTER TABLE ONLY public.advisory_revisions
    ADD CONSTRAINT advisory_revisions_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.agreements
    ADD CONSTRAINT agreements_num_key UNIQUE (num);

ALTER TABLE ONLY public.agreements
    ADD CONSTRAINT agreements_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.answers
    ADD CONSTRAINT answers_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.asset_undos
    ADD CONSTRAINT asset_undos_num_key UNIQUE (num);

ALTER TABLE ONLY public.asset_undos
    ADD CONSTRAINT asset_undos_pkey PRIMARY KEY (id);

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

ALTER TABLE ONLY public.backups
    ADD CONSTRAINT backups_num_key UNIQUE (num);

ALTER TABLE ONLY public.backups
    ADD CONSTRAINT backups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.bounces
    ADD CONSTRAINT bounces_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.bounces
    ADD CONSTRAINT bounces_sha256_key UNIQUE (sha256);

ALTER TABLE ONLY public.bulletins
    ADD CONSTRAINT bulletins_num_key UNIQUE (num);

ALTER TABLE ONLY public.bulletins
    ADD CONSTRAINT bulletins_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.bundles_in
    ADD CONSTRAINT bundles_in_pkey PRIMARY KEY (team_id, seq);

ALTER TABLE ONLY public.bundles_out
    ADD CONSTRAINT bundles_out_pkey PRIMARY KEY (team_id);

ALTER TABLE ONLY public.certificate_sightings
    ADD CONSTRAINT certificate_sightings_asset_id_address_port_transport_sha25_key UNIQUE (asset_id, address, port, transport, sha256);

ALTER TABLE ONLY public.certificate_sightings
    ADD CONSTRAINT certificate_sightings_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.certificates
    ADD CONSTRAINT certificates_pkey PRIMARY KEY (sha256);

ALTER TABLE ONLY public.check_sets
    ADD CONSTRAINT check_sets_pkey PRIMARY KEY (sha256);

ALTER TABLE ONLY public.checks
    ADD CONSTRAINT checks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.contact_mail
    ADD CONSTRAINT contact_mail_pkey PRIMARY KEY (contact_id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_num_key UNIQUE (num);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_org_id_id_key UNIQUE (org_id, id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.cve_threats
    ADD CONSTRAINT cve_threats_pkey PRIMARY KEY (cve);

ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_release_id_channel_key UNIQUE (release_id, channel);

ALTER TABLE ONLY public.discoveries
    ADD CONSTRAINT discoveries_num_key UNIQUE (num);

ALTER TABLE ONLY public.discoveries
    ADD CONSTRAINT discoveries_org_id_address_key UNIQUE (org_id, address);

ALTER TABLE ONLY public.discoveries
    ADD CONSTRAINT discoveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.disputes
    ADD CONSTRAINT disputes_num_key UNIQUE (num);

ALTER TABLE ONLY public.disputes
    ADD CONSTRAINT disputes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_pkey PRIMARY KEY (sha256);

ALTER TABLE ONLY public.evidence
    ADD CONSTRAINT evidence_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.exclusions
    ADD CONSTRAINT exclusions_num_key UNIQUE (num);

ALTER TABLE ONLY public.exclusions
    ADD CONSTRAINT exclusions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.finding_bulk_rows
    ADD CONSTRAINT finding_bulk_rows_pkey PRIMARY KEY (bulk_id, finding_id);

ALTER TABLE ONLY public.finding_bulks
    ADD CONSTRAINT finding_bulks_num_key UNIQUE (num);

ALTER TABLE ONLY public.finding_bulks
    ADD CONSTRAINT finding_bulks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.finding_comments
    ADD CONSTRAINT finding_comments_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.finding_events
    ADD CONSTRAINT finding_events_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.finding_rescans
    ADD CONSTRAINT finding_rescans_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.finding_views
    ADD CONSTRAINT finding_views_num_key UNIQUE (num);

ALTER TABLE ONLY public.finding_views
    ADD CONSTRAINT finding_views_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.findings
    ADD CONSTRAINT findings_num_key UNIQUE (num);

ALTER TABLE ONLY public.findings
    ADD CONSTRAINT findings_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.former_services
    ADD CONSTRAINT former_services_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.import_mappings
    ADD CONSTRAINT import_mappings_pkey PRIMARY KEY (org_id, headings);

ALTER TABLE ONLY public.import_rows
    ADD CONSTRAINT import_rows_pkey PRIMARY KEY (import_id, "position");

ALTER TABLE ONLY public.imports
    ADD CONSTRAINT imports_num_key UNIQUE (num);

ALTER TABLE ONLY public.imports
    ADD CONSTRAINT imports_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.inbounds
    ADD CONSTRAINT inbounds_num_key UNIQUE (num);

ALTER TABLE ONLY public.inbounds
    ADD CONSTRAINT inbounds_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_num_key UNIQUE (num);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_sha256_key UNIQUE (sha256);

ALTER TABLE ONLY public.key_changes
    ADD CONSTRAINT key_changes_num_key UNIQUE (num);

ALTER TABLE ONLY public.key_changes
    ADD CONSTRAINT key_changes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.matches
    ADD CONSTRAINT matches_num_key UNIQUE (num);

ALTER TABLE ONLY public.matches
    ADD CONSTRAINT matches_pkey PRIMARY KEY (inbound_id, asset_id, service);

ALTER TABLE ONLY public.notice_clock
    ADD CONSTRAINT notice_clock_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.notice_days
    ADD CONSTRAINT notice_days_pkey PRIMARY KEY (org_id);

ALTER TABLE ONLY public.notice_items
    ADD CONSTRAINT notice_items_contact_id_kind_object_stage_key UNIQUE (contact_id, kind, object, stage);

ALTER TABLE ONLY public.notice_items
    ADD CONSTRAINT notice_items_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_message_id_key UNIQUE (message_id);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_num_key UNIQUE (num);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_token_key UNIQUE (token);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_num_key UNIQUE (num);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_credential_key UNIQUE (credential);

ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_num_key UNIQUE (num);

ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT receipts_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.recents
    ADD CONSTRAINT recents_pkey PRIMARY KEY (owner, kind, thing);

ALTER TABLE ONLY public.recovery_codes
    ADD CONSTRAINT recovery_codes_pkey PRIMARY KEY (account_id, sha256);

ALTER TABLE ONLY public.release_clock
    ADD CONSTRAINT release_clock_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY public.release_files
    ADD CONSTRAINT release_files_pkey PRIMARY KEY (release_id, format, name);

ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_num_key UNIQUE (num);

ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_released_at_key UNIQUE (released_at);

ALTER TABLE ONLY public.report_answers
    ADD CONSTRAINT report_answers_pkey PRIMARY KEY (edition, asset_id);

ALTER TABLE ONLY public.report_bytes
    ADD CONSTRAINT report_bytes_pkey PRIMARY KEY (sha256);

ALTER TABLE ONLY public.report_clock
    ADD CONSTRAINT report_clock_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY public.report_deliveries
    ADD CONSTRAINT report_deliveries_edition_contact_id_key UNIQUE (edition, contact_id);

ALTER TABLE ONLY public.report_deliveries
    ADD CONSTRAINT report_deliveries_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.report_editions
    ADD CONSTRAINT report_editions_id_key UNIQUE (id);

ALTER TABLE ONLY public.report_editions
    ADD CONSTRAINT report_editions_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.report_files
    ADD CONSTRAINT report_files_pkey PRIMARY KEY (edition, rendering, name);

ALTER TABLE ONLY public.report_runs
    ADD CONSTRAINT report_runs_num_key UNIQUE (num);

ALTER TABLE ONLY public.report_runs
    ADD CONSTRAINT report_runs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.report_runs
    ADD CONSTRAINT report_runs_week_key UNIQUE (week);

ALTER TABLE ONLY public.report_snapshots
    ADD CONSTRAINT report_snapshots_pkey PRIMARY KEY (edition);

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

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_num_key UNIQUE (num);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_sha256_key UNIQUE (sha256);

ALTER TABLE ONLY public.sign_in_failures
    ADD CONSTRAINT sign_in_failures_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.sign_in_steps
    ADD CONSTRAINT sign_in_steps_pkey PRIMARY KEY (sha256);

ALTER TABLE ONLY public.sources
    ADD CONSTRAINT sources_num_key UNIQUE (num);

ALTER TABLE ONLY public.sources
    ADD CONSTRAINT sources_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sources
    ADD CONSTRAINT sources_team_id_channel_url_key UNIQUE (team_id, channel, url);

ALTER TABLE ONLY public.stop_switch
    ADD CONSTRAINT stop_switch_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY public.taxii_collections
    ADD CONSTRAINT taxii_collections_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.taxii_collections
    ADD CONSTRAINT taxii_collections_team_id_name_key UNIQUE NULLS NOT DISTINCT (team_id, name);

ALTER TABLE ONLY public.taxii_objects
    ADD CONSTRAINT taxii_objects_collection_id_date_added_key UNIQUE (collection_id, date_added);

ALTER TABLE ONLY public.taxii_objects
    ADD CONSTRAINT taxii_objects_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.taxii_statuses
    ADD CONSTRAINT taxii_statuses_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.team_api_keys
    ADD CONSTRAINT team_api_keys_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.team_api_keys
    ADD CONSTRAINT team_api_keys_sha256_key UNIQUE (sha256);

ALTER TABLE ONLY public.team_credentials
    ADD CONSTRAINT team_credentials_pkey PRIMARY KEY (num);

ALTER TABLE ONLY public.teams
    ADD CONSTRAINT teams_num_key UNIQUE (num);

ALTER TABLE ONLY public.teams
    ADD CONSTRAINT teams_pkey PRIMARY KEY (id);

ALTER TABLE public.tokens
    ADD CONSTRAINT tokens_check CHECK (((role = ANY (ARRAY['operator'::text, 'operator_admin'::text])) = (org_id IS NOT NULL))) NOT VALID;

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_num_key UNIQUE (num);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (sha256);

ALTER TABLE ONLY public.weekly_sectors
    ADD CONSTRAINT weekly_sectors_pkey PRIMARY KEY (sector, until_at);

ALTER TABLE ONLY public.weekly_standings
    ADD CONSTRAINT weekly_standings_pkey PRIMARY KEY (org_id, until_at);

ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (name);

CREATE INDEX accounts_org ON public.accounts USING btree (org_id, num);

CREATE INDEX accounts_role ON public.accounts USING btree (role, num);

CREATE INDEX address_states_address ON public.address_states USING btree (address);

CREATE INDEX address_states_due ON public.address_states USING btree (next_scan);

CREATE INDEX advisories_check ON public.advisories USING btree (check_id) WHERE (check_id <> ''::text);

CREATE INDEX advisory_comments_advisory ON public.advisory_comments USING btree (advisory_id, num);

CREATE INDEX advisory_findings_finding ON public.advisory_findings USING btree (finding_id);

CREATE INDEX advisory_revisions_advisory ON public.advisory_revisions USING btree (advisory_id, num);

CREATE UNIQUE INDEX agreements_reference ON public.agreements USING btree (team_id, lower(reference));

CREATE INDEX agreements_team ON public.agreements USING btree (team_id, num);

CREATE INDEX answers_inbound ON public.answers USING btree (inbound_id, num);

CREATE INDEX answers_team ON public.answers USING btree (team_id, at);

CREATE INDEX asset_owners_asset ON public.asset_owners USING btree (asset_id, from_at);

CREATE UNIQUE INDEX asset_owners_present ON public.asset_owners USING btree (asset_id) WHERE (until_at IS NULL);

CREATE INDEX asset_undos_expiring ON public.asset_undos USING btree (expires_at);

CREATE UNIQUE INDEX assets_address ON public.assets USING btree (address) WHERE (retired_at IS NULL);

CREATE INDEX assets_by_address ON public.assets USING btree (address, num);

CREATE INDEX assets_by_name ON public.assets USING btree (lower(name), num);

CREATE INDEX assets_by_score ON public.assets USING btree (open_score DESC, num DESC) WHERE (retired_at IS NULL);

CREATE INDEX assets_by_test ON public.assets USING btree (COALESCE(tested_at, '-infinity'::timestamp with time zone), num) WHERE (retired_at IS NULL);

CREATE INDEX assets_class ON public.assets USING btree (class, num) WHERE (retired_at IS NULL);

CREATE INDEX assets_consent ON public.assets USING btree (num) WHERE ((consent = 'none'::text) AND (retired_at IS NULL));

CREATE INDEX assets_contact ON public.assets USING btree (contact_id, num) WHERE (contact_id IS NOT NULL);

CREATE INDEX assets_created ON public.assets USING btree (created_at);

CREATE INDEX assets_criticality ON public.assets USING btree (criticality, num) WHERE (retired_at IS NULL);

CREATE INDEX assets_gentle_names ON public.assets USING btree (org_id) INCLUDE (host, class, at_most, id) WHERE ((host IS NOT NULL) AND (retired_at IS NULL) AND ((class = 'ot'::text) OR (at_most IS NOT NULL)));

CREATE INDEX assets_host ON public.assets USING btree (host) WHERE ((host IS NOT NULL) AND (retired_at IS NULL));

CREATE INDEX assets_limited ON public.assets USING btree (org_id) INCLUDE (id, at_most) WHERE ((at_most IS NOT NULL) AND (retired_at IS NULL));

CREATE INDEX assets_named ON public.assets USING btree (id) WHERE ((net IS NULL) AND (retired_at IS NULL));

CREATE INDEX assets_narrow ON public.assets USING btree (masklen(net) DESC, num) WHERE (retired_at IS NULL);

CREATE INDEX assets_net ON public.assets USING gist (net inet_ops);

CREATE INDEX assets_org ON public.assets USING btree (org_id, num) INCLUDE (id);

CREATE INDEX assets_present ON public.assets USING btree (org_id) INCLUDE (id, tested_at, looked_at) WHERE (retired_at IS NULL);

CREATE INDEX assets_retired ON public.assets USING btree (retired_at) WHERE (retired_at IS NOT NULL);

CREATE INDEX assets_tags ON public.assets USING gin (tags jsonb_path_ops);

CREATE INDEX assets_words ON public.assets USING gin (lower(((((((name || ' '::text) || address) || ' '::text) || site) || ' '::text) || function)) public.gin_trgm_ops);

CREATE INDEX audit_log_act ON public.audit_log USING btree (act text_pattern_ops, seq);

CREATE INDEX audit_log_actor ON public.audit_log USING btree (actor, seq);

CREATE INDEX audit_log_assets ON public.audit_log USING gin ((((detail)::jsonb -> 'assets'::text)) jsonb_path_ops) WHERE ((act ~~ 'asset.%\_many'::text) OR (act = 'asset.undo'::text));

CREATE INDEX audit_log_at ON public.audit_log USING btree (at);

CREATE INDEX audit_log_object ON public.audit_log USING btree (object, seq);

CREATE INDEX authorizations_document ON public.authorizations USING btree (document_sha256) WHERE (document_sha256 IS NOT NULL);

CREATE INDEX authorizations_org ON public.authorizations USING btree (org_id, num);

CREATE INDEX authorizations_org_until ON public.authorizations USING btree (org_id, valid_until) WHERE (state = 'active'::text);

CREATE INDEX authorizations_waiting ON public.authorizations USING btree (num) WHERE (state = 'submitted'::text);

CREATE INDEX backups_at ON public.backups USING btree (at);

CREATE INDEX bounces_notice ON public.bounces USING btree (notice_num);

CREATE INDEX bulletins_published ON public.bulletins USING btree (published_at);

CREATE INDEX certificate_sightings_end ON public.certificate_sightings USING btree (not_after, num) WHERE (gone_at IS NULL);

CREATE INDEX certificate_sightings_of ON public.certificate_sightings USING btree (sha256);

CREATE INDEX certificate_sightings_shown ON public.certificate_sightings USING btree (asset_id) WHERE (gone_at IS NULL);

CREATE INDEX certificates_end ON public.certificates USING btree (not_after DESC, sha256);

CREATE INDEX certificates_fingerprint ON public.certificates USING btree (sha256 text_pattern_ops);

CREATE INDEX certificates_words ON public.certificates USING gin (lower(((((subject || ' '::text) || issuer) || ' '::text) || (names)::text)) public.gin_trgm_ops);

CREATE INDEX check_coverage_task ON public.check_coverage USING btree (task_id);

CREATE INDEX checks_cves ON public.checks USING gin (cves jsonb_path_ops);

CREATE INDEX contact_mail_org ON public.contact_mail USING btree (org_id);

CREATE INDEX contact_mail_problem ON public.contact_mail USING btree (problem_at) WHERE (problem <> ''::text);

CREATE INDEX contacts_org ON public.contacts USING btree (org_id, num);

CREATE INDEX deliveries_due ON public.deliveries USING btree (next_at) WHERE (state = 'queued'::text);

CREATE INDEX deliveries_overdue ON public.deliveries USING btree (ack_by) WHERE ((ack_at IS NULL) AND (state <> 'stopped'::text));

CREATE INDEX discoveries_open ON public.discoveries USING btree (org_id, num) WHERE (state = 'open'::text);

CREATE INDEX discoveries_state ON public.discoveries USING btree (state, num);

CREATE INDEX disputes_finding ON public.disputes USING btree (finding_id, num);

CREATE UNIQUE INDEX disputes_open ON public.disputes USING btree (finding_id) WHERE (state = ANY (ARRAY['open'::text, 'answered'::text]));

CREATE INDEX disputes_org ON public.disputes USING btree (org_id, num);

CREATE INDEX disputes_state ON public.disputes USING btree (state, num);

CREATE INDEX feedback_release ON public.feedback USING btree (release_id, num);

CREATE INDEX finding_bulks_actor ON public.finding_bulks USING btree (actor, num);

CREATE INDEX finding_bulks_until ON public.finding_bulks USING btree (until_at);

CREATE INDEX finding_comments_dispute ON public.finding_comments USING btree (dispute_id, num) WHERE (dispute_id IS NOT NULL);

CREATE INDEX finding_comments_finding ON public.finding_comments USING btree (finding_id, num);

CREATE INDEX finding_events_answers ON public.finding_events USING btree (at) WHERE (kind = ANY (ARRAY['work'::text, 'waived'::text]));

CREATE INDEX finding_events_at ON public.finding_events USING btree (at);

CREATE INDEX finding_events_back_again ON public.finding_events USING btree (at, finding_id) WHERE (kind = 'back_again'::text);

CREATE INDEX finding_events_evidence ON public.finding_events USING btree (evidence_id) WHERE (evidence_id <> ''::text);

CREATE INDEX finding_events_finding ON public.finding_events USING btree (finding_id, num);

CREATE INDEX finding_events_news ON public.finding_events USING btree (at) WHERE (kind = ANY (ARRAY['opened'::text, 'back_again'::text]));

CREATE INDEX finding_events_people ON public.finding_events USING btree (actor, at) WHERE (actor <> 'scan'::text);

CREATE INDEX finding_events_task ON public.finding_events USING btree (task_id) WHERE (task_id <> ''::text);

CREATE INDEX finding_events_turns ON public.finding_events USING btree (finding_id, at) WHERE (kind = ANY (ARRAY['opened'::text, 'fixed'::text, 'back_again'::text, 'changed'::text, 'waived'::text]));

CREATE INDEX finding_rescans_finding ON public.finding_rescans USING btree (finding_id, num);

CREATE INDEX finding_rescans_org ON public.finding_rescans USING btree (org_id, asked_at);

CREATE UNIQUE INDEX finding_views_name ON public.finding_views USING btree (owner, lower(name));

CREATE UNIQUE INDEX finding_views_standard ON public.finding_views USING btree (owner) WHERE standard;

CREATE INDEX finding_views_team ON public.finding_views USING btree (org_id, num) WHERE team;

CREATE INDEX findings_address ON public.findings USING btree (address);

CREATE INDEX findings_answered ON public.findings USING btree (answer, urgency, num) WHERE (answer <> ''::text);

CREATE INDEX findings_asset ON public.findings USING btree (asset_id, num);

CREATE INDEX findings_assignee ON public.findings USING btree (assignee, urgency, num) WHERE (assignee <> ''::text);

CREATE INDEX findings_check ON public.findings USING btree (check_id, urgency, num);

CREATE INDEX findings_check_severity ON public.findings USING btree (check_id, severity_order, urgency, num);

CREATE INDEX findings_closed ON public.findings USING btree (closed_at) INCLUDE (org_id) WHERE (closed_at IS NOT NULL);

CREATE INDEX findings_disputed ON public.findings USING btree (urgency, num) WHERE (dispute <> ''::text);

CREATE INDEX findings_due ON public.findings USING btree (COALESCE(due_at, 'infinity'::timestamp with time zone), num);

CREATE INDEX findings_evidence ON public.findings USING btree (evidence_id, org_id) WHERE (evidence_id <> ''::text);

CREATE INDEX findings_first_seen ON public.findings USING btree (first_seen, num) INCLUDE (org_id);

CREATE INDEX findings_hostname ON public.findings USING btree (hostname text_pattern_ops) WHERE (hostname <> ''::text);

CREATE INDEX findings_kev ON public.findings USING btree (urgency, num) WHERE kev;

CREATE UNIQUE INDEX findings_key ON public.findings USING btree (asset_id, address, port, transport, check_id, matcher) NULLS NOT DISTINCT WHERE (detection <> 'fixed'::text);

CREATE INDEX findings_last_seen ON public.findings USING btree (last_seen, num);

CREATE INDEX findings_org ON public.findings USING btree (org_id, num) INCLUDE (id);

CREATE INDEX findings_org_closed ON public.findings USING btree (org_id, closed_at) INCLUDE (first_seen) WHERE (closed_at IS NOT NULL);

CREATE INDEX findings_org_due ON public.findings USING btree (org_id, due_at) WHERE ((detection <> 'fixed'::text) AND (due_at IS NOT NULL));

CREATE INDEX findings_org_urgency ON public.findings USING btree (org_id, urgency, num);

CREATE INDEX findings_org_waiver_until ON public.findings USING btree (org_id, waiver_until) WHERE ((detection <> 'fixed'::text) AND (waiver_until IS NOT NULL));

CREATE INDEX findings_port ON public.findings USING btree (port, urgency, num);

CREATE INDEX findings_present ON public.findings USING btree (org_id, severity, num) INCLUDE (waiver, kev, due_at) WHERE (detection <> 'fixed'::text);

CREATE INDEX findings_present_check ON public.findings USING btree (check_id) WHERE (detection <> 'fixed'::text);

CREATE INDEX findings_severity ON public.findings USING btree (severity_order, num);

CREATE INDEX findings_severity_urgency ON public.findings USING btree (severity_order, urgency, num);

CREATE INDEX findings_tags ON public.findings USING gin (tags jsonb_path_ops);

CREATE INDEX findings_tally ON public.findings USING btree (org_id, severity) INCLUDE (detection, first_seen, closed_at, due_at, kev, waiver, waiver_until);

CREATE INDEX findings_urgency ON public.findings USING btree (urgency, num);

CREATE INDEX findings_waived ON public.findings USING btree (waiver_until, num) WHERE (waiver <> 'none'::text);

CREATE INDEX findings_work ON public.findings USING btree (work, urgency, num) WHERE (work <> 'new'::text);

CREATE INDEX former_services_asset ON public.former_services USING btree (asset_id, gone_at DESC);

CREATE INDEX former_services_gone ON public.former_services USING btree (gone_at);

CREATE INDEX host_results_address ON public.host_results USING btree (asset_id, address, task_id);

CREATE INDEX host_results_task ON public.host_results USING btree (task_id);

CREATE INDEX import_rows_asset ON public.import_rows USING btree (asset_id) WHERE (asset_id IS NOT NULL);

CREATE INDEX import_rows_class ON public.import_rows USING btree (import_id, class, "position");

CREATE INDEX imports_expiring ON public.imports USING btree (expires_at) WHERE (state = 'draft'::text);

CREATE INDEX imports_org ON public.imports USING btree (org_id, num);

CREATE INDEX inbounds_bytes ON public.inbounds USING btree (team_id, sha256);

CREATE INDEX inbounds_chain ON public.inbounds USING btree (namespace, tracking_id, num);

CREATE UNIQUE INDEX inbounds_in_force ON public.inbounds USING btree (namespace, tracking_id) WHERE ((state = 'accepted'::text) AND (tracking_id <> ''::text));

CREATE INDEX inbounds_received ON public.inbounds USING btree (received_at);

CREATE INDEX inbounds_unmatched ON public.inbounds USING btree (decided_at) WHERE ((state = 'accepted'::text) AND (matched_at IS NULL));

CREATE INDEX invitations_by ON public.invitations USING btree (invited_by) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));

CREATE UNIQUE INDEX invitations_first ON public.invitations USING btree (first) WHERE (first AND (accepted_at IS NULL) AND (revoked_at IS NULL));

CREATE INDEX invitations_renews ON public.invitations USING btree (renews) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));

CREATE INDEX key_changes_team ON public.key_changes USING btree (team_id, num);

CREATE UNIQUE INDEX key_changes_waiting ON public.key_changes USING btree (team_id, kind, fingerprint) WHERE ((confirmed_at IS NULL) AND (rejected_at IS NULL));

CREATE INDEX matches_asset ON public.matches USING btree (asset_id, num);

CREATE INDEX matches_org ON public.matches USING btree (org_id, num);

CREATE INDEX matches_pending ON public.matches USING btree (matched_at) WHERE (verdict = 'pending'::text);

CREATE INDEX matches_scan ON public.matches USING btree (scan_id) WHERE (scan_id <> ''::text);

CREATE INDEX notice_items_notice ON public.notice_items USING btree (notice_num);

CREATE INDEX notice_items_object ON public.notice_items USING btree (object, notice_num);

CREATE INDEX notice_items_waiting ON public.notice_items USING btree (contact_id, num) WHERE (settled_at IS NULL);

CREATE INDEX notices_contact ON public.notices USING btree (contact_id, created_at);

CREATE INDEX notices_due ON public.notices USING btree (next_at) WHERE (state = 'queued'::text);

CREATE INDEX notices_kind ON public.notices USING btree (kind, num);

CREATE INDEX notices_org ON public.notices USING btree (org_id, num);

CREATE INDEX notices_state ON public.notices USING btree (state, num);

CREATE INDEX notices_unconfirmed ON public.notices USING btree (sent_at) WHERE ((kind = 'weekly'::text) AND (confirmed_at IS NULL));

CREATE INDEX observations_task ON public.observations USING btree (task_id);

CREATE INDEX organizations_by_name ON public.organizations USING btree (lower(name), num);

CREATE UNIQUE INDEX organizations_name ON public.organizations USING btree (country, lower(name));

CREATE INDEX organizations_sector ON public.organizations USING btree (sector, num);

CREATE INDEX passkeys_account ON public.passkeys USING btree (account_id, num);

CREATE INDEX port_coverage_task ON public.port_coverage USING btree (task_id);

CREATE UNIQUE INDEX receipts_fetched ON public.receipts USING btree (release_id, team_id, channel, credential, path) NULLS NOT DISTINCT WHERE (kind = 'fetched'::text);

CREATE INDEX receipts_release ON public.receipts USING btree (release_id, num) INCLUDE (kind, at);

CREATE INDEX release_files_name ON public.release_files USING btree (format, name);

CREATE INDEX releases_agreement ON public.releases USING btree (agreement_id);

CREATE INDEX releases_audience ON public.releases USING btree (team_id, advisory_id, revision) WHERE (state = 'released'::text);

CREATE UNIQUE INDEX releases_once ON public.releases USING btree (advisory_id, revision, team_id, agreement_id, referral) NULLS NOT DISTINCT WHERE (state <> 'refused'::text);

CREATE INDEX report_answers_org ON public.report_answers USING btree (org_id, at);

CREATE INDEX report_deliveries_message ON public.report_deliveries USING btree (message_id) WHERE (message_id <> ''::text);

CREATE INDEX report_deliveries_org ON public.report_deliveries USING btree (org_id, num);

CREATE INDEX report_deliveries_queued ON public.report_deliveries USING btree (queued_at, num) WHERE (state = 'queued'::text);

CREATE INDEX report_editions_flagged ON public.report_editions USING btree (num) WHERE flagged;

CREATE INDEX report_editions_flags ON public.report_editions USING gin (flags);

CREATE UNIQUE INDEX report_editions_latest ON public.report_editions USING btree (week, kind, org_id, sector) NULLS NOT DISTINCT WHERE latest;

CREATE INDEX report_editions_of_run ON public.report_editions USING btree (run_id, num);

CREATE UNIQUE INDEX report_editions_once ON public.report_editions USING btree (week, kind, org_id, sector, revision) NULLS NOT DISTINCT;

CREATE INDEX report_editions_org ON public.report_editions USING btree (org_id, num);

CREATE INDEX report_editions_run ON public.report_editions USING btree (run_id, state, num);

CREATE INDEX report_editions_sector ON public.report_editions USING btree (sector, num);

CREATE INDEX report_editions_state ON public.report_editions USING btree (state, num);

CREATE INDEX report_editions_waiting ON public.report_editions USING btree (num) WHERE (state = 'making'::text);

CREATE INDEX report_editions_week ON public.report_editions USING btree (week, num);

CREATE INDEX report_files_bytes ON public.report_files USING btree (sha256);

CREATE INDEX scan_leases_task ON public.scan_leases USING btree (task_id);

CREATE INDEX scan_skips_asset ON public.scan_skips USING btree (asset_id, scan_id);

CREATE INDEX scan_tasks_ended ON public.scan_tasks USING btree (ended_at) WHERE (judged_at IS NULL);

CREATE INDEX scan_tasks_judged ON public.scan_tasks USING btree (judged_at) WHERE (judged_at IS NOT NULL);

CREATE INDEX scan_tasks_running ON public.scan_tasks USING btree (lease_until) WHERE (state = 'running'::text);

CREATE INDEX scan_tasks_scan ON public.scan_tasks USING btree (scan_id);

CREATE INDEX scan_tasks_turn ON public.scan_tasks USING btree (priority, org_id, num) WHERE (state = 'queued'::text);

CREATE INDEX scan_tasks_unjudged ON public.scan_tasks USING gin (assets) WHERE (judged_at IS NULL);

CREATE UNIQUE INDEX scans_adaptive_slot ON public.scans USING btree (asset_id, slot_at) WHERE (trigger = 'adaptive'::text);

CREATE INDEX scans_asset ON public.scans USING btree (asset_id, num) WHERE (asset_id IS NOT NULL);

CREATE INDEX scans_created ON public.scans USING btree (created_at);

CREATE INDEX scans_live ON public.scans USING btree (num) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));

CREATE INDEX scans_org ON public.scans USING btree (org_id, num);

CREATE INDEX scans_paused ON public.scans USING btree (id) WHERE (paused_at IS NOT NULL);

CREATE INDEX scans_state ON public.scans USING btree (state, num);

CREATE INDEX schedules_due ON public.schedules USING btree (next_at) WHERE (NOT paused);

CREATE INDEX schedules_org ON public.schedules USING btree (org_id, num);

CREATE INDEX services_first_seen ON public.services USING btree (first_seen);

CREATE INDEX services_name ON public.services USING btree (name, port);

CREATE INDEX sessions_account ON public.sessions USING btree (account_id, num);

CREATE INDEX sessions_network ON public.sessions USING btree (account_id, network, created_at);

CREATE INDEX sign_in_failures_last ON public.sign_in_failures USING btree (last_at);

CREATE INDEX sign_in_steps_until ON public.sign_in_steps USING btree (until_at);

CREATE INDEX sources_due ON public.sources USING btree (next_at) WHERE (NOT paused);

CREATE UNIQUE INDEX taxii_objects_version ON public.taxii_objects USING btree (collection_id, agreement_id, object_id, modified) NULLS NOT DISTINCT;

CREATE INDEX taxii_statuses_team ON public.taxii_statuses USING btree (team_id, created_at);

CREATE UNIQUE INDEX team_api_keys_name ON public.team_api_keys USING btree (team_id, name) WHERE (revoked_at IS NULL);

CREATE INDEX team_credentials_team ON public.team_credentials USING btree (team_id, num);

CREATE UNIQUE INDEX team_credentials_trusted ON public.team_credentials USING btree (kind, fingerprint) WHERE (revoked_at IS NULL);

CREATE UNIQUE INDEX teams_name ON public.teams USING btree (country, lower(name));

CREATE INDEX tokens_account ON public.tokens USING btree (account_id, num) WHERE (account_id IS NOT NULL);

CREATE UNIQUE INDEX tokens_name ON public.tokens USING btree (user_name, name) WHERE (revoked_at IS NULL);

CREATE INDEX weekly_standings_until ON public.weekly_standings USING btree (until_at, sector);

CREATE TRIGGER advisory_comments_stay BEFORE DELETE OR TRUNCATE ON public.advisory_comments FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER advisory_revisions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.advisory_revisions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER audit_log_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER feedback_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.feedback FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER finding_comments_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.finding_comments FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER finding_events_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.finding_events FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER inbounds_as_received BEFORE DELETE OR UPDATE ON public.inbounds FOR EACH ROW EXECUTE FUNCTION public.refuse_change_of_inbound();

CREATE TRIGGER receipts_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.receipts FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER release_files_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.release_files FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER releases_immutable BEFORE DELETE OR UPDATE ON public.releases FOR EACH ROW EXECUTE FUNCTION public.refuse_change_of_release();

CREATE TRIGGER report_bytes_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.report_bytes FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER report_editions_immutable BEFORE DELETE OR UPDATE ON public.report_editions FOR EACH ROW EXECUTE FUNCTION public.refuse_change_of_edition();

CREATE TRIGGER report_files_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.report_files FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER report_snapshots_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.report_snapshots FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER taxii_objects_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.taxii_objects FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER taxii_statuses_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.taxii_statuses FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER weekly_sectors_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.weekly_sectors FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER weekly_standings_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.weekly_standings FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

ALTER TABLE ONLY public.account_totp
    ADD CONSTRAINT account_totp_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.address_states
    ADD CONSTRAINT address_states_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES public.assets(id);

ALTER TABLE ONLY public.advisory_comments
    ADD CONSTRAINT advisory_comments_advisory_id_fkey FOREIGN KEY (advisory_id) REFERENCES public.advisories(id);

ALTER TABLE ONLY public.advisory_findings
    ADD CONSTRAINT advisory_findings_advisory_id_fkey FOREIGN KEY (advisory_id) REFERENCES public.advisories(id);

ALTER TABLE ONLY public.advisory_findings
    ADD CONSTRAINT advisory_findings_finding_id_fkey FOREIGN KEY (finding_id) REFERENCES public.findings(id);

ALTER TABLE ONLY public.advisory_revisions
    ADD CONSTRAINT advisory_revisions_advisory_id_fkey FOREIGN KEY (advisory_id) REFERENCES public.advisories(id);

ALTER TABLE ONLY public.agreements
    ADD CONSTRAINT agreements_document_sha256_fkey FOREIGN KEY (document_sha256) REFERENCES public.documents(sha256);

ALTER TABLE ONLY public.agreements
    ADD CONSTRAINT agreements_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.answers
    ADD CONSTRAINT answers_inbound_id_fkey FOREIGN KEY (inbound_id) REFERENCES public.inbounds(id);

ALTER TABLE ONLY public.answers
    ADD CONSTRAINT answers_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.asset_owners
    ADD CONSTRAINT asset_owners_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES public.assets(id);

ALTER TABLE ONLY public.asset_owners
    ADD CONSTRAINT asset_owners_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.asset_undos
    ADD CONSTRAINT asset_undos_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.assets
    ADD CONSTRAINT assets_org_id_contact_id_fkey FOREIGN KEY (org_id, contact_id) REFERENCES public.contacts(org_id, id) ON DELETE SET NULL (contact_id);

ALTER TABLE ONLY public.assets
    ADD CONSTRAINT assets_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.authorizations
    ADD CONSTRAINT authorizations_document_sha256_fkey FOREIGN KEY (document_sha256) REFERENCES public.documents(sha256);

ALTER TABLE ONLY public.authorizations
    ADD CONSTRAINT authorizations_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.bounces
    ADD CONSTRAINT bounces_notice_num_fkey FOREIGN KEY (notice_num) REFERENCES public.notices(num);

ALTER TABLE ONLY public.bulletins
    ADD CONSTRAINT bulletins_id_fkey FOREIGN KEY (id) REFERENCES public.advisories(id);

ALTER TABLE ONLY public.bundles_in
    ADD CONSTRAINT bundles_in_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.bundles_out
    ADD CONSTRAINT bundles_out_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.certificate_sightings
    ADD CONSTRAINT certificate_sightings_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES public.assets(id);

ALTER TABLE ONLY public.certificate_sightings
    ADD CONSTRAINT certificate_sightings_sha256_fkey FOREIGN KEY (sha256) REFERENCES public.certificates(sha256);

ALTER TABLE ONLY public.contact_mail
    ADD CONSTRAINT contact_mail_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_release_id_fkey FOREIGN KEY (release_id) REFERENCES public.releases(id);

ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.discoveries
    ADD CONSTRAINT discoveries_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES public.assets(id);

ALTER TABLE ONLY public.discoveries
    ADD CONSTRAINT discoveries_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.discoveries
    ADD CONSTRAINT discoveries_seen_on_fkey FOREIGN KEY (seen_on) REFERENCES public.assets(id);

ALTER TABLE ONLY public.disputes
    ADD CONSTRAINT disputes_finding_id_fkey FOREIGN KEY (finding_id) REFERENCES public.findings(id);

ALTER TABLE ONLY public.disputes
    ADD CONSTRAINT disputes_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_advisory_id_fkey FOREIGN KEY (advisory_id) REFERENCES public.advisories(id);

ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_inbound_id_fkey FOREIGN KEY (inbound_id) REFERENCES public.inbounds(id);

ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_release_id_fkey FOREIGN KEY (release_id) REFERENCES public.releases(id);

ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.finding_bulk_rows
    ADD CONSTRAINT finding_bulk_rows_bulk_id_fkey FOREIGN KEY (bulk_id) REFERENCES public.finding_bulks(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.finding_bulk_rows
    ADD CONSTRAINT finding_bulk_rows_finding_id_fkey FOREIGN KEY (finding_id) REFERENCES public.findings(id);

ALTER TABLE ONLY public.finding_comments
    ADD CONSTRAINT finding_comments_dispute_id_fkey FOREIGN KEY (dispute_id) REFERENCES public.disputes(id);

ALTER TABLE ONLY public.finding_comments
    ADD CONSTRAINT finding_comments_finding_id_fkey FOREIGN KEY (finding_id) REFERENCES public.findings(id);

ALTER TABLE ONLY public.finding_comments
    ADD CONSTRAINT finding_comments_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.finding_comments
    ADD CONSTRAINT finding_comments_withdraws_fkey FOREIGN KEY (withdraws) REFERENCES public.finding_comments(num);

ALTER TABLE ONLY public.finding_events
    ADD CONSTRAINT finding_events_finding_id_fkey FOREIGN KEY (finding_id) REFERENCES public.findings(id);

ALTER TABLE ONLY public.finding_rescans
    ADD CONSTRAINT finding_rescans_finding_id_fkey FOREIGN KEY (finding_id) REFERENCES public.findings(id);

ALTER TABLE ONLY public.finding_rescans
    ADD CONSTRAINT finding_rescans_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.finding_rescans
    ADD CONSTRAINT finding_rescans_scan_id_fkey FOREIGN KEY (scan_id) REFERENCES public.scans(id);

ALTER TABLE ONLY public.finding_views
    ADD CONSTRAINT finding_views_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.findings
    ADD CONSTRAINT findings_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES public.assets(id);

ALTER TABLE ONLY public.findings
    ADD CONSTRAINT findings_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.former_services
    ADD CONSTRAINT former_services_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES public.assets(id);

ALTER TABLE ONLY public.import_mappings
    ADD CONSTRAINT import_mappings_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.import_rows
    ADD CONSTRAINT import_rows_import_id_fkey FOREIGN KEY (import_id) REFERENCES public.imports(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.import_rows
    ADD CONSTRAINT import_rows_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.imports
    ADD CONSTRAINT imports_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.inbounds
    ADD CONSTRAINT inbounds_agreement_id_fkey FOREIGN KEY (agreement_id) REFERENCES public.agreements(id);

ALTER TABLE ONLY public.inbounds
    ADD CONSTRAINT inbounds_duplicates_fkey FOREIGN KEY (duplicates) REFERENCES public.inbounds(id);

ALTER TABLE ONLY public.inbounds
    ADD CONSTRAINT inbounds_sha256_fkey FOREIGN KEY (sha256) REFERENCES public.documents(sha256);

ALTER TABLE ONLY public.inbounds
    ADD CONSTRAINT inbounds_source_id_fkey FOREIGN KEY (source_id) REFERENCES public.sources(id);

ALTER TABLE ONLY public.inbounds
    ADD CONSTRAINT inbounds_supersedes_fkey FOREIGN KEY (supersedes) REFERENCES public.inbounds(id);

ALTER TABLE ONLY public.inbounds
    ADD CONSTRAINT inbounds_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_renews_fkey FOREIGN KEY (renews) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.key_changes
    ADD CONSTRAINT key_changes_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.matches
    ADD CONSTRAINT matches_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES public.assets(id);

ALTER TABLE ONLY public.matches
    ADD CONSTRAINT matches_inbound_id_fkey FOREIGN KEY (inbound_id) REFERENCES public.inbounds(id);

ALTER TABLE ONLY public.matches
    ADD CONSTRAINT matches_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.notice_days
    ADD CONSTRAINT notice_days_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.notice_items
    ADD CONSTRAINT notice_items_notice_num_fkey FOREIGN KEY (notice_num) REFERENCES public.notices(num);

ALTER TABLE ONLY public.notice_items
    ADD CONSTRAINT notice_items_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT receipts_release_id_fkey FOREIGN KEY (release_id) REFERENCES public.releases(id);

ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT receipts_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.recovery_codes
    ADD CONSTRAINT recovery_codes_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.release_files
    ADD CONSTRAINT release_files_release_id_fkey FOREIGN KEY (release_id) REFERENCES public.releases(id);

ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_advisory_id_fkey FOREIGN KEY (advisory_id) REFERENCES public.advisories(id);

ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_agreement_id_fkey FOREIGN KEY (agreement_id) REFERENCES public.agreements(id);

ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_supersedes_fkey FOREIGN KEY (supersedes) REFERENCES public.releases(id);

ALTER TABLE ONLY public.releases
    ADD CONSTRAINT releases_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.report_answers
    ADD CONSTRAINT report_answers_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES public.assets(id);

ALTER TABLE ONLY public.report_answers
    ADD CONSTRAINT report_answers_edition_fkey FOREIGN KEY (edition) REFERENCES public.report_editions(num);

ALTER TABLE ONLY public.report_answers
    ADD CONSTRAINT report_answers_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.report_deliveries
    ADD CONSTRAINT report_deliveries_edition_fkey FOREIGN KEY (edition) REFERENCES public.report_editions(num);

ALTER TABLE ONLY public.report_deliveries
    ADD CONSTRAINT report_deliveries_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.report_editions
    ADD CONSTRAINT report_editions_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.report_editions
    ADD CONSTRAINT report_editions_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.report_runs(id);

ALTER TABLE ONLY public.report_files
    ADD CONSTRAINT report_files_edition_fkey FOREIGN KEY (edition) REFERENCES public.report_editions(num);

ALTER TABLE ONLY public.report_files
    ADD CONSTRAINT report_files_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.report_files
    ADD CONSTRAINT report_files_sha256_fkey FOREIGN KEY (sha256) REFERENCES public.report_bytes(sha256);

ALTER TABLE ONLY public.report_snapshots
    ADD CONSTRAINT report_snapshots_edition_fkey FOREIGN KEY (edition) REFERENCES public.report_editions(num);

ALTER TABLE ONLY public.report_snapshots
    ADD CONSTRAINT report_snapshots_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

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

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.sources
    ADD CONSTRAINT sources_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.taxii_collections
    ADD CONSTRAINT taxii_collections_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.taxii_objects
    ADD CONSTRAINT taxii_objects_agreement_id_fkey FOREIGN KEY (agreement_id) REFERENCES public.agreements(id);

ALTER TABLE ONLY public.taxii_objects
    ADD CONSTRAINT taxii_objects_collection_id_fkey FOREIGN KEY (collection_id) REFERENCES public.taxii_collections(id);

ALTER TABLE ONLY public.taxii_objects
    ADD CONSTRAINT taxii_objects_release_id_fkey FOREIGN KEY (release_id) REFERENCES public.releases(id);

ALTER TABLE ONLY public.taxii_statuses
    ADD CONSTRAINT taxii_statuses_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.team_api_keys
    ADD CONSTRAINT team_api_keys_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.team_credentials
    ADD CONSTRAINT team_credentials_team_id_fkey FOREIGN KEY (team_id) REFERENCES public.teams(id);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.weekly_standings
    ADD CONSTRAINT weekly_standings_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations(id);

ALTER TABLE public.accounts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.address_states ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.advisory_findings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.asset_owners ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.asset_undos ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.assets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.authorizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.bulletins ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.certificate_sightings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.certificates ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.contact_mail ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.contacts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.discoveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.disputes ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.documents ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.evidence ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.finding_bulk_rows ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.finding_bulks ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.finding_comments ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.finding_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.finding_rescans ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.finding_views ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.findings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.former_services ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.import_mappings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.import_rows ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.imports ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.invitations ENABLE ROW LEVEL SECURITY;

CREATE POLICY new_document ON public.documents FOR INSERT TO ciiscan_operator WITH CHECK (true);

ALTER TABLE public.notice_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.notices ENABLE ROW LEVEL SECURITY;

CREATE POLICY of_asset ON public.address_states TO ciiscan_operator USING ((asset_id IN ( SELECT a.id
   FROM public.assets a)));

CREATE POLICY of_asset ON public.certificate_sightings TO ciiscan_operator USING ((asset_id IN ( SELECT a.id
   FROM public.assets a)));

CREATE POLICY of_asset ON public.former_services TO ciiscan_operator USING ((asset_id IN ( SELECT a.id
   FROM public.assets a)));

CREATE POLICY of_asset ON public.services TO ciiscan_operator USING ((asset_id IN ( SELECT a.id
   FROM public.assets a)));

CREATE POLICY of_authorization ON public.documents FOR SELECT TO ciiscan_operator USING ((EXISTS ( SELECT 1
   FROM public.authorizations a
  WHERE (a.document_sha256 = documents.sha256))));

CREATE POLICY of_concern ON public.bulletins TO ciiscan_operator USING (((tlp = ANY (ARRAY['clear'::text, 'green'::text])) OR (EXISTS ( SELECT 1
   FROM public.findings f
  WHERE (f.check_id = ANY (bulletins.checks))))));

CREATE POLICY of_edition ON public.report_files FOR SELECT TO ciiscan_operator USING ((EXISTS ( SELECT 1
   FROM public.report_editions e
  WHERE (e.num = report_files.edition))));

CREATE POLICY of_file ON public.report_bytes FOR SELECT TO ciiscan_operator USING ((EXISTS ( SELECT 1
   FROM public.report_files f
  WHERE (f.sha256 = report_bytes.sha256))));

CREATE POLICY of_finding ON public.evidence FOR SELECT TO ciiscan_operator USING (((EXISTS ( SELECT 1
   FROM public.findings f
  WHERE (f.evidence_id = evidence.id))) OR (EXISTS ( SELECT 1
   FROM public.finding_events e
  WHERE (e.evidence_id = evidence.id)))));

CREATE POLICY of_finding ON public.finding_events TO ciiscan_operator USING ((EXISTS ( SELECT 1
   FROM public.findings f
  WHERE (f.id = finding_events.finding_id))));

CREATE POLICY of_organization ON public.accounts TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.asset_owners TO ciiscan_operator USING ((org_id = public.bound_org())) WITH CHECK (((org_id = public.bound_org()) AND (EXISTS ( SELECT 1
   FROM public.assets a
  WHERE (a.id = asset_owners.asset_id)))));

CREATE POLICY of_organization ON public.asset_undos TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.assets TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.authorizations TO ciiscan_operator USING ((org_id = public.bound_org())) WITH CHECK (((org_id = public.bound_org()) AND ((state <> 'active'::text) OR (method = 'dns'::text))));

CREATE POLICY of_organization ON public.contact_mail TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.contacts TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.discoveries TO ciiscan_operator USING ((org_id = public.bound_org())) WITH CHECK (((org_id = public.bound_org()) AND ((asset_id IS NULL) OR (EXISTS ( SELECT 1
   FROM public.assets a
  WHERE (a.id = discoveries.asset_id))))));

CREATE POLICY of_organization ON public.disputes TO ciiscan_operator USING ((org_id = public.bound_org())) WITH CHECK (((org_id = public.bound_org()) AND (state = ANY (ARRAY['open'::text, 'withdrawn'::text])) AND (EXISTS ( SELECT 1
   FROM public.findings f
  WHERE (f.id = disputes.finding_id)))));

CREATE POLICY of_organization ON public.finding_comments TO ciiscan_operator USING (((org_id = public.bound_org()) AND shared)) WITH CHECK (((org_id = public.bound_org()) AND shared AND operator AND (EXISTS ( SELECT 1
   FROM public.findings f
  WHERE (f.id = finding_comments.finding_id)))));

CREATE POLICY of_organization ON public.finding_rescans TO ciiscan_operator USING ((org_id = public.bound_org())) WITH CHECK (((org_id = public.bound_org()) AND operator AND (EXISTS ( SELECT 1
   FROM public.findings f
  WHERE (f.id = finding_rescans.finding_id)))));

CREATE POLICY of_organization ON public.finding_views TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.findings TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.import_mappings TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.import_rows TO ciiscan_operator USING ((org_id = public.bound_org())) WITH CHECK (((org_id = public.bound_org()) AND (EXISTS ( SELECT 1
   FROM public.imports i
  WHERE (i.id = import_rows.import_id)))));

CREATE POLICY of_organization ON public.imports TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.invitations TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.notice_items TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.notices TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.organizations TO ciiscan_operator USING ((id = public.bound_org()));

CREATE POLICY of_organization ON public.recents TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.report_answers TO ciiscan_operator USING ((org_id = public.bound_org())) WITH CHECK (((org_id = public.bound_org()) AND (EXISTS ( SELECT 1
   FROM public.report_editions e
  WHERE (e.num = report_answers.edition))) AND (EXISTS ( SELECT 1
   FROM public.assets a
  WHERE (a.id = report_answers.asset_id)))));

CREATE POLICY of_organization ON public.report_deliveries TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.report_editions TO ciiscan_operator USING (((org_id = public.bound_org()) AND (sent_at IS NOT NULL)));

CREATE POLICY of_organization ON public.scan_tasks TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.scans TO ciiscan_operator USING ((org_id = public.bound_org())) WITH CHECK (((org_id = public.bound_org()) AND ((asset_id IS NULL) OR (EXISTS ( SELECT 1
   FROM public.assets a
  WHERE (a.id = scans.asset_id))))));

CREATE POLICY of_organization ON public.schedules TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.sessions TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.tokens TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_organization ON public.weekly_standings TO ciiscan_operator USING ((org_id = public.bound_org()));

CREATE POLICY of_scan ON public.scan_skips FOR SELECT TO ciiscan_operator USING ((EXISTS ( SELECT 1
   FROM public.scans s
  WHERE (s.id = scan_skips.scan_id))));

CREATE POLICY of_sighting ON public.certificates TO ciiscan_operator USING ((EXISTS ( SELECT 1
   FROM public.certificate_sightings s
  WHERE (s.sha256 = certificates.sha256))));

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.recents ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.report_answers ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.report_bytes ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.report_deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.report_editions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.report_files ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.scan_skips ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.scan_tasks ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.scans ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.schedules ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.services ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sessions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.tokens ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.weekly_standings ENABLE ROW LEVEL SECURITY;

CREATE POLICY workers ON public.assets TO ciiscan_worker USING (true);

CREATE POLICY workers ON public.authorizations TO ciiscan_worker USING (true);

CREATE POLICY workers ON public.evidence TO ciiscan_worker USING (true);

CREATE POLICY workers ON public.scan_tasks TO ciiscan_worker USING (true);

CREATE POLICY workers ON public.scans TO ciiscan_worker USING (true);

GRANT USAGE ON SCHEMA bound TO ciiscan_operator;

GRANT INSERT ON TABLE public.check_coverage TO ciiscan_worker;

GRANT SELECT ON TABLE public.scan_tasks TO ciiscan_worker;
GRANT SELECT ON TABLE public.scan_tasks TO ciiscan_operator;

GRANT UPDATE(state) ON TABLE public.scan_tasks TO ciiscan_worker;
GRANT UPDATE(state) ON TABLE public.scan_tasks TO ciiscan_operator;

GRANT UPDATE(attempt) ON TABLE public.scan_tasks TO ciiscan_worker;

GRANT UPDATE(worker) ON TABLE public.scan_tasks TO ciiscan_worker;

GRANT UPDATE(lease_until) ON TABLE public.scan_tasks TO ciiscan_worker;

GRANT UPDATE(note) ON TABLE public.scan_tasks TO ciiscan_worker;
GRANT UPDATE(note) ON TABLE public.scan_tasks TO ciiscan_operator;

GRANT UPDATE(method) ON TABLE public.scan_tasks TO ciiscan_worker;

GRANT UPDATE(requests) ON TABLE public.scan_tasks TO ciiscan_worker;

GRANT UPDATE(claimed_at) ON TABLE public.scan_tasks TO ciiscan_worker;

GRANT UPDATE(ended_at) ON TABLE public.scan_tasks TO ciiscan_worker;
GRANT UPDATE(ended_at) ON TABLE public.scan_tasks TO ciiscan_operator;

GRANT UPDATE(judged_at) ON TABLE public.scan_tasks TO ciiscan_worker;
GRANT UPDATE(judged_at) ON TABLE public.scan_tasks TO ciiscan_operator;

GRANT SELECT ON TABLE bound.check_coverage TO ciiscan_operator;

GRANT INSERT ON TABLE public.host_results TO ciiscan_worker;

GRANT SELECT ON TABLE bound.host_results TO ciiscan_operator;

GRANT INSERT ON TABLE public.observations TO ciiscan_worker;

GRANT SELECT ON TABLE bound.observations TO ciiscan_operator;

GRANT INSERT ON TABLE public.port_coverage TO ciiscan_worker;

GRANT SELECT ON TABLE bound.port_coverage TO ciiscan_operator;

GRANT SELECT(num) ON TABLE public.accounts TO ciiscan_operator;

GRANT SELECT(id) ON TABLE public.accounts TO ciiscan_operator;

GRANT SELECT(name) ON TABLE public.accounts TO ciiscan_operator;

GRANT SELECT(role) ON TABLE public.accounts TO ciiscan_operator;

GRANT SELECT(org_id) ON TABLE public.accounts TO ciiscan_operator;

GRANT SELECT(created_at) ON TABLE public.accounts TO ciiscan_operator;

GRANT SELECT(disabled_at) ON TABLE public.accounts TO ciiscan_operator;

GRANT SELECT,DELETE ON TABLE public.address_states TO ciiscan_operator;

GRANT SELECT,INSERT,UPDATE ON TABLE public.asset_owners TO ciiscan_operator;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.asset_undos TO ciiscan_operator;

GRANT SELECT,INSERT,UPDATE ON TABLE public.assets TO ciiscan_operator;

GRANT SELECT(id) ON TABLE public.assets TO ciiscan_worker;

GRANT SELECT(org_id) ON TABLE public.assets TO ciiscan_worker;

GRANT SELECT(class) ON TABLE public.assets TO ciiscan_worker;

GRANT SELECT(retired_at) ON TABLE public.assets TO ciiscan_worker;

GRANT SELECT(net) ON TABLE public.assets TO ciiscan_worker;

GRANT SELECT(at_most) ON TABLE public.assets TO ciiscan_worker;

GRANT SELECT(host) ON TABLE public.assets TO ciiscan_worker;

GRANT SELECT,UPDATE ON TABLE public.audit_head TO ciiscan_operator;

GRANT INSERT ON TABLE public.audit_log TO ciiscan_operator;

GRANT SELECT,INSERT,UPDATE ON TABLE public.authorizations TO ciiscan_operator;

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

GRANT SELECT ON TABLE public.bulletins TO ciiscan_operator;

GRANT SELECT ON TABLE public.certificate_sightings TO ciiscan_operator;

GRANT UPDATE(gone_at) ON TABLE public.certificate_sightings TO ciiscan_operator;

GRANT SELECT ON TABLE public.certificates TO ciiscan_operator;

GRANT INSERT ON TABLE public.check_sets TO ciiscan_worker;
GRANT SELECT ON TABLE public.check_sets TO ciiscan_operator;

GRANT SELECT ON TABLE public.checks TO ciiscan_worker;
GRANT SELECT ON TABLE public.checks TO ciiscan_operator;

GRANT SELECT ON TABLE public.contact_mail TO ciiscan_operator;

GRANT UPDATE(problem) ON TABLE public.contact_mail TO ciiscan_operator;

GRANT UPDATE(code_sha256) ON TABLE public.contact_mail TO ciiscan_operator;

GRANT UPDATE(code_tries) ON TABLE public.contact_mail TO ciiscan_operator;

GRANT UPDATE(verified_at) ON TABLE public.contact_mail TO ciiscan_operator;

GRANT UPDATE(verified_address) ON TABLE public.contact_mail TO ciiscan_operator;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.contacts TO ciiscan_operator;

GRANT SELECT ON TABLE public.cve_threats TO ciiscan_operator;

GRANT SELECT,INSERT,UPDATE ON TABLE public.discoveries TO ciiscan_operator;

GRANT SELECT,INSERT ON TABLE public.disputes TO ciiscan_operator;

GRANT UPDATE(state) ON TABLE public.disputes TO ciiscan_operator;

GRANT UPDATE(until_at) ON TABLE public.disputes TO ciiscan_operator;

GRANT UPDATE(ended_by) ON TABLE public.disputes TO ciiscan_operator;

GRANT UPDATE(ended_at) ON TABLE public.disputes TO ciiscan_operator;

GRANT UPDATE(outcome) ON TABLE public.disputes TO ciiscan_operator;

GRANT SELECT,INSERT ON TABLE public.documents TO ciiscan_operator;

GRANT INSERT ON TABLE public.evidence TO ciiscan_worker;
GRANT SELECT ON TABLE public.evidence TO ciiscan_operator;

GRANT SELECT(num) ON TABLE public.exclusions TO ciiscan_worker;

GRANT SELECT(id) ON TABLE public.exclusions TO ciiscan_worker;

GRANT SELECT(prefix) ON TABLE public.exclusions TO ciiscan_worker;

GRANT SELECT(name) ON TABLE public.exclusions TO ciiscan_worker;

GRANT SELECT(reason) ON TABLE public.exclusions TO ciiscan_worker;

GRANT SELECT(until_at) ON TABLE public.exclusions TO ciiscan_worker;

GRANT SELECT,INSERT ON TABLE public.finding_comments TO ciiscan_operator;

GRANT SELECT,INSERT ON TABLE public.finding_events TO ciiscan_operator;

GRANT SELECT,INSERT ON TABLE public.finding_rescans TO ciiscan_operator;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.finding_views TO ciiscan_operator;

GRANT SELECT,UPDATE ON TABLE public.findings TO ciiscan_operator;

GRANT SELECT,INSERT,DELETE ON TABLE public.former_services TO ciiscan_operator;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.import_mappings TO ciiscan_operator;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.import_rows TO ciiscan_operator;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.imports TO ciiscan_operator;

GRANT SELECT ON TABLE public.invitations TO ciiscan_operator;

GRANT SELECT ON TABLE public.notice_items TO ciiscan_operator;

GRANT SELECT ON TABLE public.notices TO ciiscan_operator;

GRANT UPDATE(confirmed_at) ON TABLE public.notices TO ciiscan_operator;

GRANT UPDATE(confirmed_by) ON TABLE public.notices TO ciiscan_operator;

GRANT SELECT ON TABLE public.organizations TO ciiscan_operator;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.recents TO ciiscan_operator;

GRANT SELECT,INSERT,UPDATE ON TABLE public.report_answers TO ciiscan_operator;

GRANT SELECT ON TABLE public.report_bytes TO ciiscan_operator;

GRANT SELECT ON TABLE public.report_deliveries TO ciiscan_operator;

GRANT UPDATE(state) ON TABLE public.report_deliveries TO ciiscan_operator;

GRANT UPDATE(opened_at) ON TABLE public.report_deliveries TO ciiscan_operator;

GRANT UPDATE(acknowledged_at) ON TABLE public.report_deliveries TO ciiscan_operator;

GRANT SELECT ON TABLE public.report_editions TO ciiscan_operator;

GRANT UPDATE(state) ON TABLE public.report_editions TO ciiscan_operator;

GRANT UPDATE(opened_by) ON TABLE public.report_editions TO ciiscan_operator;

GRANT UPDATE(opened_at) ON TABLE public.report_editions TO ciiscan_operator;

GRANT UPDATE(acknowledged_by) ON TABLE public.report_editions TO ciiscan_operator;

GRANT UPDATE(acknowledged_at) ON TABLE public.report_editions TO ciiscan_operator;

GRANT SELECT ON TABLE public.report_files TO ciiscan_operator;

GRANT SELECT(num) ON TABLE public.report_runs TO ciiscan_operator;

GRANT SELECT(id) ON TABLE public.report_runs TO ciiscan_operator;

GRANT SELECT(week) ON TABLE public.report_runs TO ciiscan_operator;

GRANT SELECT(from_at) ON TABLE public.report_runs TO ciiscan_operator;

GRANT SELECT(to_at) ON TABLE public.report_runs TO ciiscan_operator;

GRANT SELECT,INSERT,DELETE ON TABLE public.scan_leases TO ciiscan_worker;

GRANT SELECT ON TABLE public.scan_skips TO ciiscan_operator;

GRANT SELECT,INSERT,UPDATE ON TABLE public.scan_turns TO ciiscan_worker;

GRANT SELECT,UPDATE ON TABLE public.scans TO ciiscan_operator;

GRANT SELECT(id) ON TABLE public.scans TO ciiscan_worker;

GRANT SELECT(state),UPDATE(state) ON TABLE public.scans TO ciiscan_worker;

GRANT UPDATE(started_at) ON TABLE public.scans TO ciiscan_worker;

GRANT SELECT(note) ON TABLE public.scans TO ciiscan_worker;

GRANT SELECT(paused_at) ON TABLE public.scans TO ciiscan_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.schedules TO ciiscan_operator;

GRANT SELECT ON TABLE public.schema_migrations TO ciiscan_worker;

GRANT SELECT,DELETE ON TABLE public.services TO ciiscan_operator;

GRANT SELECT ON TABLE public.sessions TO ciiscan_operator;

GRANT SELECT ON TABLE public.stop_switch TO ciiscan_worker;

GRANT SELECT ON TABLE public.tokens TO ciiscan_operator;

GRANT SELECT ON TABLE public.weekly_standings TO ciiscan_operator;

GRANT SELECT,INSERT,UPDATE ON TABLE public.workers TO ciiscan_worker;
