-- The weekly run: who gets which report, of what it is made, how far it has
-- come. What was made never changes.

CREATE TABLE report_runs (
	num        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id         text GENERATED ALWAYS AS ('RUN-' || num::text) STORED PRIMARY KEY,
	week       text NOT NULL UNIQUE CHECK (week ~ '^[0-9]{4}-W[0-9]{2}$'),
	from_at    timestamptz NOT NULL,
	to_at      timestamptz NOT NULL CHECK (to_at > from_at),
	started_at timestamptz NOT NULL,
	started_by text NOT NULL CHECK (started_by <> '')
);

-- When the next run begins. Its row lock lets one ciiscand begin it.
CREATE TABLE report_clock (
	only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
	rule     text NOT NULL, -- the schedule of which next_at was counted
	next_at  timestamptz
);
INSERT INTO report_clock (rule) VALUES ('');

CREATE TABLE report_editions (
	num             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	id              text NOT NULL UNIQUE CHECK (id ~ '^[A-Za-z0-9_-]+$'),
	run_id          text NOT NULL REFERENCES report_runs,
	week            text NOT NULL,
	kind            text NOT NULL CHECK (kind IN ('operator', 'sector', 'national')),
	org_id          text REFERENCES organizations,
	sector          text NOT NULL, -- empty for the nation
	revision        integer NOT NULL CHECK (revision >= 1),
	because         text NOT NULL, -- why there is a revision
	latest          boolean NOT NULL DEFAULT true,
	state           text NOT NULL CHECK (state IN ('making', 'not_rendered', 'draft', 'checked', 'held', 'approved', 'sending', 'sent', 'bounced', 'opened', 'acknowledged')),
	lease_until     timestamptz, -- while somebody makes it
	rendering       integer NOT NULL DEFAULT 0, -- which of its sets of files counts; 0: none yet
	printed         text NOT NULL DEFAULT '' CHECK (printed IN ('', 'done', 'failed', 'absent')),
	problem         text NOT NULL DEFAULT '',
	attempts        integer NOT NULL DEFAULT 0,
	flags           jsonb NOT NULL DEFAULT '[]',
	flagged         boolean GENERATED ALWAYS AS (flags <> '[]') STORED,
	accepted        jsonb NOT NULL DEFAULT '[]', -- flags that a person has looked at
	facts           jsonb NOT NULL DEFAULT '{}',
	note            text NOT NULL DEFAULT '',
	version         integer NOT NULL DEFAULT 1, -- rises with each act of a person
	created_at      timestamptz NOT NULL,
	made_at         timestamptz,
	checked_by      text NOT NULL DEFAULT '',
	held_by         text NOT NULL DEFAULT '',
	held_for        text NOT NULL DEFAULT '',
	approved_by     text NOT NULL DEFAULT '',
	approved_at     timestamptz,
	sent_by         text NOT NULL DEFAULT '',
	sent_at         timestamptz,
	opened_by       text NOT NULL DEFAULT '',
	opened_at       timestamptz,
	acknowledged_by text NOT NULL DEFAULT '',
	acknowledged_at timestamptz,
	CHECK ((kind = 'operator') = (org_id IS NOT NULL)),
	CHECK ((revision > 1) = (because <> '')),
	CHECK (state <> 'held' OR held_for <> ''),
	-- Nothing is approved or sent that is not whole.
	CHECK (state NOT IN ('approved', 'sending', 'sent', 'bounced', 'opened', 'acknowledged')
	       OR approved_by <> '' AND made_at IS NOT NULL AND printed IN ('done', 'absent')),
	CHECK ((sent_at IS NOT NULL) = (state IN ('sending', 'sent', 'bounced', 'opened', 'acknowledged')))
);
-- A week's edition of a reader exists once.
CREATE UNIQUE INDEX report_editions_once ON report_editions (week, kind, org_id, sector, revision) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX report_editions_latest ON report_editions (week, kind, org_id, sector) NULLS NOT DISTINCT WHERE latest;
CREATE INDEX report_editions_run ON report_editions (run_id, state, num);
CREATE INDEX report_editions_of_run ON report_editions (run_id, num);
CREATE INDEX report_editions_org ON report_editions (org_id, num);
CREATE INDEX report_editions_sector ON report_editions (sector, num);
CREATE INDEX report_editions_week ON report_editions (week, num);
CREATE INDEX report_editions_state ON report_editions (state, num);
CREATE INDEX report_editions_flags ON report_editions USING gin (flags);
CREATE INDEX report_editions_flagged ON report_editions (num) WHERE flagged;
CREATE INDEX report_editions_waiting ON report_editions (num) WHERE state = 'making';

-- What was sent stays as it was sent.
CREATE FUNCTION refuse_change_of_edition() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER report_editions_immutable BEFORE UPDATE OR DELETE ON report_editions
	FOR EACH ROW EXECUTE FUNCTION refuse_change_of_edition();

-- The data of which an edition is made, as reports.EncodeData writes them.
CREATE TABLE report_snapshots (
	edition  bigint PRIMARY KEY REFERENCES report_editions,
	org_id   text REFERENCES organizations,
	taken_at timestamptz NOT NULL,
	sha256   text NOT NULL CHECK (sha256 = encode(sha256(data), 'hex')),
	data     bytea NOT NULL
);
ALTER TABLE report_snapshots ALTER data SET STORAGE EXTERNAL; -- compressed already
CREATE TRIGGER report_snapshots_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON report_snapshots
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Bytes by their hash; the same bytes are kept once.
CREATE TABLE report_bytes (
	sha256 text PRIMARY KEY CHECK (sha256 = encode(sha256(bytes), 'hex')),
	bytes  bytea NOT NULL
);
CREATE TRIGGER report_bytes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON report_bytes
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE report_files (
	edition    bigint NOT NULL REFERENCES report_editions,
	rendering  integer NOT NULL CHECK (rendering >= 1),
	position   integer NOT NULL,
	org_id     text REFERENCES organizations,
	name       text NOT NULL CHECK (name ~ '^[A-Za-z0-9._-]+$'),
	media_type text NOT NULL,
	size       bigint NOT NULL,
	sha256     text NOT NULL REFERENCES report_bytes,
	proof      boolean NOT NULL, -- the manifest or its signature
	PRIMARY KEY (edition, rendering, name)
);
CREATE TRIGGER report_files_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON report_files
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE report_deliveries (
	num             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	edition         bigint NOT NULL REFERENCES report_editions,
	org_id          text NOT NULL REFERENCES organizations,
	contact_id      text NOT NULL, -- stays when the contact goes
	name            text NOT NULL, -- of the contact, when it was sent
	email           text NOT NULL,
	state           text NOT NULL CHECK (state IN ('queued', 'sent', 'bounced', 'failed', 'opened', 'acknowledged')),
	attempts        integer NOT NULL DEFAULT 0,
	problem         text NOT NULL DEFAULT '',
	how             text NOT NULL DEFAULT '',
	message_id      text NOT NULL DEFAULT '',
	queued_at       timestamptz NOT NULL,
	sent_at         timestamptz,
	bounced_at      timestamptz,
	opened_at       timestamptz,
	acknowledged_at timestamptz,
	UNIQUE (edition, contact_id)
);
CREATE INDEX report_deliveries_queued ON report_deliveries (queued_at, num) WHERE state = 'queued';
CREATE INDEX report_deliveries_message ON report_deliveries (message_id) WHERE message_id <> '';
CREATE INDEX report_deliveries_org ON report_deliveries (org_id, num);

-- What operators say of the scope that an edition lists.
CREATE TABLE report_answers (
	edition  bigint NOT NULL REFERENCES report_editions,
	org_id   text NOT NULL REFERENCES organizations,
	asset_id text NOT NULL REFERENCES assets,
	word     text NOT NULL CHECK (word IN ('yes', 'no', 'changed')),
	comment  text NOT NULL,
	by       text NOT NULL CHECK (by <> ''),
	at       timestamptz NOT NULL,
	PRIMARY KEY (edition, asset_id)
);
CREATE INDEX report_answers_org ON report_answers (org_id, at);

-- An organisation's own people see what was sent to them, and say that they
-- have it. Of what it was made, and why it was held, they see nothing.
ALTER TABLE report_editions ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON report_editions TO ciiscan_operator USING (org_id = bound_org() AND sent_at IS NOT NULL);
ALTER TABLE report_files ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_edition ON report_files FOR SELECT TO ciiscan_operator
	USING (EXISTS (SELECT 1 FROM report_editions e WHERE e.num = edition));
ALTER TABLE report_bytes ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_file ON report_bytes FOR SELECT TO ciiscan_operator
	USING (EXISTS (SELECT 1 FROM report_files f WHERE f.sha256 = report_bytes.sha256));
CREATE INDEX report_files_bytes ON report_files (sha256);
ALTER TABLE report_deliveries ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON report_deliveries TO ciiscan_operator USING (org_id = bound_org());
ALTER TABLE report_answers ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON report_answers TO ciiscan_operator USING (org_id = bound_org())
	WITH CHECK (org_id = bound_org() AND EXISTS (SELECT 1 FROM report_editions e WHERE e.num = edition)
		AND EXISTS (SELECT 1 FROM assets a WHERE a.id = asset_id));
GRANT SELECT ON report_editions, report_files, report_bytes, report_deliveries, report_answers TO ciiscan_operator;
GRANT SELECT (num, id, week, from_at, to_at) ON report_runs TO ciiscan_operator;
GRANT UPDATE (state, opened_by, opened_at, acknowledged_by, acknowledged_at) ON report_editions TO ciiscan_operator;
GRANT UPDATE (state, opened_at, acknowledged_at) ON report_deliveries TO ciiscan_operator;
GRANT INSERT, UPDATE ON report_answers TO ciiscan_operator;
