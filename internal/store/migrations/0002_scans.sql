-- Scan work, and what it brought back. The tables that take many rows at a
-- time (observations, coverage, host_results) name their task and asset
-- without a foreign key: the store checks them once for each report, not once
-- for each row.

CREATE TABLE schedules (
	num            bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id             text GENERATED ALWAYS AS ('SCH-' || num::text) STORED PRIMARY KEY,
	org_id         text NOT NULL REFERENCES organizations,
	cron           text NOT NULL,
	profile        text NOT NULL,
	jitter_seconds bigint NOT NULL CHECK (jitter_seconds >= 0),
	misfire        text NOT NULL CHECK (misfire IN ('once', 'skip')),
	paused         boolean NOT NULL,
	next_at        timestamptz NOT NULL,
	last_slot      timestamptz,
	created_at     timestamptz NOT NULL
);
CREATE INDEX schedules_org ON schedules (org_id, num);
CREATE INDEX schedules_due ON schedules (next_at) WHERE NOT paused;

CREATE TABLE scans (
	num         bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id          text GENERATED ALWAYS AS ('S-' || num::text) STORED PRIMARY KEY,
	org_id      text NOT NULL REFERENCES organizations,
	asset_id    text REFERENCES assets, -- null for the whole organisation
	profile     text NOT NULL,
	trigger     text NOT NULL CHECK (trigger IN ('manual', 'schedule', 'adaptive', 'advisory')),
	schedule_id text REFERENCES schedules,
	slot_at     timestamptz,
	actor       text NOT NULL,
	state       text NOT NULL CHECK (state IN ('queued', 'running', 'complete', 'partial', 'failed', 'cancelled')),
	priority    smallint NOT NULL CHECK (priority BETWEEN 1 AND 4),
	created_at  timestamptz NOT NULL,
	started_at  timestamptz,
	finished_at timestamptz,
	note        text NOT NULL,
	CHECK (schedule_id IS NULL OR slot_at IS NOT NULL),
	-- A slot exists once, however many schedulers run.
	UNIQUE (schedule_id, slot_at)
);
CREATE UNIQUE INDEX scans_adaptive_slot ON scans (asset_id, slot_at) WHERE trigger = 'adaptive';
CREATE INDEX scans_org ON scans (org_id, num);
CREATE INDEX scans_live ON scans (num) WHERE state IN ('queued', 'running');

CREATE TABLE scan_skips (
	scan_id  text NOT NULL REFERENCES scans,
	position integer NOT NULL,
	asset_id text NOT NULL REFERENCES assets,
	what     text NOT NULL,
	reason   text NOT NULL,
	PRIMARY KEY (scan_id, position)
);
CREATE INDEX scan_skips_asset ON scan_skips (asset_id, scan_id);

CREATE TABLE scan_tasks (
	num            bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id             text GENERATED ALWAYS AS ('T-' || num::text) STORED PRIMARY KEY,
	scan_id        text NOT NULL REFERENCES scans,
	org_id         text NOT NULL REFERENCES organizations,
	profile        text NOT NULL,
	hosts          jsonb NOT NULL,
	addresses      inet[] NOT NULL CHECK (cardinality(addresses) > 0),
	assets         text[] NOT NULL,
	state          text NOT NULL CHECK (state IN ('queued', 'running', 'complete', 'partial', 'unreachable',
	               'blocked', 'failed', 'cancelled')),
	priority       smallint NOT NULL CHECK (priority BETWEEN 1 AND 4),
	not_before     timestamptz NOT NULL,
	attempt        integer NOT NULL DEFAULT 0, -- claims so far; the present one is what fences a finish
	losses         integer NOT NULL DEFAULT 0, -- claims that ended with the lease
	worker         text NOT NULL DEFAULT '',
	lease_until    timestamptz,
	note           text NOT NULL DEFAULT '',
	method         text NOT NULL DEFAULT '',
	requests       bigint NOT NULL DEFAULT 0,
	created_at     timestamptz NOT NULL,
	claimed_at     timestamptz,
	ended_at       timestamptz,
	judged_at      timestamptz,
	findings_new   integer NOT NULL DEFAULT 0,
	findings_open  integer NOT NULL DEFAULT 0,
	findings_fixed integer NOT NULL DEFAULT 0,
	CHECK ((state = 'running') = (lease_until IS NOT NULL))
);
CREATE INDEX scan_tasks_scan ON scan_tasks (scan_id);
CREATE INDEX scan_tasks_turn ON scan_tasks (priority, org_id, num) WHERE state = 'queued';
CREATE INDEX scan_tasks_running ON scan_tasks (lease_until) WHERE state = 'running';
CREATE INDEX scan_tasks_unjudged ON scan_tasks USING gin (assets) WHERE judged_at IS NULL;
CREATE INDEX scan_tasks_ended ON scan_tasks (ended_at) WHERE judged_at IS NULL;

-- When each organisation was last given a worker: whoever waits longest is next.
CREATE TABLE scan_turns (
	org_id    text PRIMARY KEY,
	served_at timestamptz NOT NULL
);

-- The primary key is the rule that one task at a time touches an address.
CREATE TABLE scan_leases (
	address inet PRIMARY KEY,
	task_id text NOT NULL REFERENCES scan_tasks
);
CREATE INDEX scan_leases_task ON scan_leases (task_id);

-- The stop switch. While it is on, no task starts and running ones end.
CREATE TABLE stop_switch (
	only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
	is_on    boolean NOT NULL,
	reason   text NOT NULL,
	moved_by text NOT NULL,
	moved_at timestamptz
);
INSERT INTO stop_switch (is_on, reason, moved_by) VALUES (false, '', '');

CREATE TABLE workers (
	name       text PRIMARY KEY CHECK (name <> ''),
	version    text NOT NULL,
	slots      integer NOT NULL,
	started_at timestamptz NOT NULL,
	seen_at    timestamptz NOT NULL
);

CREATE TABLE host_results (
	task_id  text NOT NULL,
	asset_id text NOT NULL,
	address  inet NOT NULL,
	outcome  text NOT NULL CHECK (outcome IN ('complete', 'partial', 'unreachable', 'blocked', 'failed')),
	reason   text NOT NULL
);
CREATE INDEX host_results_task ON host_results (task_id);

CREATE TABLE evidence (
	id         text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{64}$'), -- SHA-256 of the content
	request    bytea NOT NULL,
	response   bytea NOT NULL,
	created_at timestamptz NOT NULL
);

CREATE TABLE observations (
	num         bigint GENERATED ALWAYS AS IDENTITY,
	task_id     text NOT NULL,
	asset_id    text NOT NULL,
	address     inet, -- null when it concerns a name only
	port        integer NOT NULL CHECK (port BETWEEN 0 AND 65535),
	transport   text NOT NULL CHECK (transport IN ('tcp', 'udp', '')),
	hostname    text NOT NULL,
	at          timestamptz NOT NULL,
	service     jsonb,
	check_id    text,
	matcher     text NOT NULL,
	extracted   jsonb,
	location    text NOT NULL,
	evidence_id text,
	CHECK ((service IS NULL) <> (check_id IS NULL))
);
CREATE INDEX observations_task ON observations (task_id);

CREATE TABLE port_coverage (
	task_id   text NOT NULL,
	asset_id  text NOT NULL,
	address   inet NOT NULL,
	transport text NOT NULL CHECK (transport IN ('tcp', 'udp')),
	open      text NOT NULL, -- port sets, as "22,80,8000-8010"
	closed    text NOT NULL,
	filtered  text NOT NULL
);
CREATE INDEX port_coverage_task ON port_coverage (task_id);

-- Thousands of coverage rows name the same few lists of checks, so each list
-- is stored once, by the SHA-256 of its sorted ids.
CREATE TABLE check_sets (
	sha256 text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
	checks text[] NOT NULL
);

CREATE TABLE check_coverage (
	task_id   text NOT NULL,
	asset_id  text NOT NULL,
	address   inet,
	port      integer NOT NULL CHECK (port BETWEEN 0 AND 65535),
	transport text NOT NULL CHECK (transport IN ('tcp', 'udp', '')),
	hostname  text NOT NULL,
	ran       text NOT NULL,  -- a check set
	missed    jsonb NOT NULL  -- a check set for each reason
);
CREATE INDEX check_coverage_task ON check_coverage (task_id);
