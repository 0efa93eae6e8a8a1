-- What is believed now, and how it came to be believed.

CREATE TABLE checks (
	id         text PRIMARY KEY,
	title      text NOT NULL,
	severity   text NOT NULL CHECK (severity IN ('info', 'low', 'medium', 'high', 'critical')),
	why        text NOT NULL,
	fix        text NOT NULL,
	refs       jsonb NOT NULL,
	cves       jsonb NOT NULL,
	cwes       jsonb NOT NULL,
	tags       jsonb NOT NULL,
	source     text NOT NULL CHECK (source IN ('template', 'exposure')),
	protocol   text NOT NULL,
	sha256     text NOT NULL,
	updated_at timestamptz NOT NULL
);

CREATE TABLE cve_threats (
	cve        text PRIMARY KEY,
	kev        boolean NOT NULL,
	ransomware boolean NOT NULL,
	epss       double precision NOT NULL CHECK (epss BETWEEN 0 AND 1)
);

CREATE TABLE services (
	asset_id   text NOT NULL REFERENCES assets,
	address    inet NOT NULL,
	port       integer NOT NULL CHECK (port BETWEEN 0 AND 65535),
	transport  text NOT NULL CHECK (transport IN ('tcp', 'udp')),
	name       text NOT NULL,
	product    text NOT NULL,
	version    text NOT NULL,
	extra_info text NOT NULL,
	cpes       jsonb NOT NULL,
	tls        boolean NOT NULL,
	banner     text NOT NULL,
	first_seen timestamptz NOT NULL,
	last_seen  timestamptz NOT NULL,
	PRIMARY KEY (asset_id, address, port, transport)
);

CREATE TABLE address_states (
	asset_id  text NOT NULL REFERENCES assets,
	address   inet NOT NULL,
	up        boolean NOT NULL,
	priority  smallint NOT NULL,
	last_scan timestamptz NOT NULL,
	next_scan timestamptz NOT NULL,
	outcome   text NOT NULL CHECK (outcome IN ('complete', 'partial', 'unreachable', 'blocked', 'failed')),
	reason    text NOT NULL,
	profile   text NOT NULL, -- of the scan that looked last, for the next one
	PRIMARY KEY (asset_id, address)
);
CREATE INDEX address_states_due ON address_states (next_scan);

CREATE TABLE findings (
	num           bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id            text GENERATED ALWAYS AS ('F-' || num::text) STORED PRIMARY KEY,
	org_id        text NOT NULL REFERENCES organizations,
	asset_id      text NOT NULL REFERENCES assets,
	address       inet,
	port          integer NOT NULL CHECK (port BETWEEN 0 AND 65535),
	transport     text NOT NULL CHECK (transport IN ('tcp', 'udp', '')),
	check_id      text NOT NULL,
	matcher       text NOT NULL,
	hostname      text NOT NULL,
	title         text NOT NULL,
	severity      text NOT NULL CHECK (severity IN ('info', 'low', 'medium', 'high', 'critical')),
	kev           boolean NOT NULL,
	detection     text NOT NULL CHECK (detection IN ('open', 'fixed', 'reopened')),
	work          text NOT NULL CHECK (work IN ('new', 'triaged', 'notified', 'acknowledged', 'in_progress')),
	waiver        text NOT NULL CHECK (waiver IN ('none', 'false_positive', 'accepted_risk',
	              'compensating_control', 'disputed')),
	waiver_reason text NOT NULL,
	waiver_by     text NOT NULL,
	waiver_until  timestamptz,
	first_seen    timestamptz NOT NULL,
	last_seen     timestamptz NOT NULL,
	last_tested   timestamptz NOT NULL,
	closed_at     timestamptz,
	not_tested    text NOT NULL,
	negatives     integer NOT NULL,
	evidence_id   text NOT NULL,
	decision      text NOT NULL CHECK (decision IN ('', 'track', 'track*', 'attend', 'act')),
	decision_path text NOT NULL,
	due_at        timestamptz,
	CHECK ((detection = 'fixed') = (closed_at IS NOT NULL)),
	CHECK ((waiver = 'none') = (waiver_until IS NULL))
);
-- One weakness is present once; a fixed one of the same key may lie behind it.
CREATE UNIQUE INDEX findings_key ON findings (asset_id, address, port, transport, check_id, matcher)
	NULLS NOT DISTINCT WHERE detection <> 'fixed';
CREATE INDEX findings_asset ON findings (asset_id, num);
CREATE INDEX findings_present ON findings (org_id, severity, num) WHERE detection <> 'fixed';
CREATE INDEX findings_present_check ON findings (check_id) WHERE detection <> 'fixed';
CREATE INDEX findings_org ON findings (org_id, num);
CREATE INDEX findings_closed ON findings (closed_at) WHERE closed_at IS NOT NULL;

CREATE TABLE finding_events (
	num         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	finding_id  text NOT NULL REFERENCES findings,
	at          timestamptz NOT NULL,
	actor       text NOT NULL,
	kind        text NOT NULL CHECK (kind IN ('opened', 'verified', 'negative', 'not_tested', 'fixed',
	            'reopened', 'changed', 'work', 'waived')),
	from_value  text NOT NULL,
	to_value    text NOT NULL,
	reason      text NOT NULL,
	task_id     text NOT NULL,
	evidence_id text NOT NULL
);
CREATE INDEX finding_events_finding ON finding_events (finding_id, num);
CREATE INDEX finding_events_at ON finding_events (at);
CREATE TRIGGER finding_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finding_events
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE advisories (
	num        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id         text GENERATED ALWAYS AS ('ADV-' || num::text) STORED PRIMARY KEY,
	revision   integer NOT NULL CHECK (revision >= 1),
	state      text NOT NULL CHECK (state IN ('draft', 'in_review', 'approved', 'released', 'updated', 'withdrawn')),
	check_id   text NOT NULL,
	author     text NOT NULL,
	approver   text NOT NULL,
	created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL,
	document   jsonb NOT NULL,
	CHECK (approver <> author OR approver = '')
);

-- Every state of every revision, as it was.
CREATE TABLE advisory_revisions (
	num         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	advisory_id text NOT NULL REFERENCES advisories,
	revision    integer NOT NULL,
	state       text NOT NULL,
	at          timestamptz NOT NULL,
	document    jsonb NOT NULL
);
CREATE INDEX advisory_revisions_advisory ON advisory_revisions (advisory_id, num);
CREATE TRIGGER advisory_revisions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON advisory_revisions
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
