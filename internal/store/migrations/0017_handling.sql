-- What people do about findings: who has one in hand, what its operator
-- answered, what is disputed, what was done to many at once and can be undone.

ALTER TABLE findings
	ADD COLUMN version     bigint NOT NULL DEFAULT 1, -- counts what people change; scans do not make an analyst's form stale
	ADD COLUMN assignee    text NOT NULL DEFAULT '',
	ADD COLUMN tags        jsonb NOT NULL DEFAULT '[]',
	ADD COLUMN answer      text NOT NULL DEFAULT '' CHECK (answer IN ('', 'fixed', 'working',
	                       'compensating_control', 'not_mine', 'cannot_reproduce', 'accept_risk')),
	ADD COLUMN answered_at timestamptz,
	ADD COLUMN promised_at timestamptz, -- when the operator wants to be done
	ADD COLUMN dispute     text NOT NULL DEFAULT '' CHECK (dispute IN ('', 'open', 'answered')),
	-- Both count from 0, the worst, so that every list is read forwards.
	ADD COLUMN severity_order smallint NOT NULL GENERATED ALWAYS AS (
		CASE severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 WHEN 'low' THEN 3 ELSE 4 END) STORED,
	ADD COLUMN urgency smallint NOT NULL GENERATED ALWAYS AS (
		CASE WHEN detection = 'fixed' THEN 90 ELSE
			CASE decision WHEN 'act' THEN 0 WHEN 'attend' THEN 10 WHEN 'track*' THEN 20 WHEN 'track' THEN 30 ELSE 40 END +
			CASE WHEN kev THEN 0 ELSE 5 END +
			CASE severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 WHEN 'low' THEN 3 ELSE 4 END
		END) STORED;

-- One index for each order of the list, and what narrows it most.
CREATE INDEX findings_urgency ON findings (urgency, num);
CREATE INDEX findings_severity ON findings (severity_order, num);
CREATE INDEX findings_severity_urgency ON findings (severity_order, urgency, num);
CREATE INDEX findings_first_seen ON findings (first_seen, num);
CREATE INDEX findings_last_seen ON findings (last_seen, num);
CREATE INDEX findings_due ON findings ((coalesce(due_at, 'infinity'::timestamptz)), num);
CREATE INDEX findings_org_urgency ON findings (org_id, urgency, num);
CREATE INDEX findings_check ON findings (check_id, urgency, num);
CREATE INDEX findings_port ON findings (port, urgency, num);
CREATE INDEX findings_address ON findings (address);
CREATE INDEX findings_hostname ON findings (hostname text_pattern_ops) WHERE hostname <> '';
CREATE INDEX findings_assignee ON findings (assignee, urgency, num) WHERE assignee <> '';
CREATE INDEX findings_tags ON findings USING gin (tags jsonb_path_ops);
CREATE INDEX findings_waived ON findings (waiver_until, num) WHERE waiver <> 'none';
CREATE INDEX advisories_check ON advisories (check_id) WHERE check_id <> '';
CREATE INDEX findings_disputed ON findings (urgency, num) WHERE dispute <> '';
CREATE INDEX findings_answered ON findings (answer, urgency, num) WHERE answer <> '';
CREATE INDEX findings_kev ON findings (urgency, num) WHERE kev;
CREATE INDEX findings_work ON findings (work, urgency, num) WHERE work <> 'new';
CREATE INDEX checks_cves ON checks USING gin (cves jsonb_path_ops);
CREATE INDEX services_name ON services (name);

ALTER TABLE finding_events DROP CONSTRAINT finding_events_kind_check;
ALTER TABLE finding_events ADD CONSTRAINT finding_events_kind_check CHECK (kind IN ('opened', 'verified', 'negative',
	'not_tested', 'fixed', 'reopened', 'changed', 'work', 'waived', 'assigned', 'tagged', 'answered', 'disputed', 'decided',
	'noticed', 'rescan', 'advised'));
CREATE INDEX finding_events_people ON finding_events (actor, at) WHERE actor <> 'scan';
CREATE INDEX finding_events_reopened ON finding_events (at, finding_id) WHERE kind = 'reopened';

CREATE TABLE disputes (
	num        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id         text GENERATED ALWAYS AS ('D-' || num::text) STORED PRIMARY KEY,
	finding_id text NOT NULL REFERENCES findings,
	org_id     text NOT NULL REFERENCES organizations,
	claim      text NOT NULL CHECK (claim IN ('compensating_control', 'not_mine', 'cannot_reproduce', 'accept_risk')),
	state      text NOT NULL CHECK (state IN ('open', 'answered', 'upheld', 'rejected', 'withdrawn')),
	reason     text NOT NULL CHECK (reason <> ''),
	until_at   timestamptz, -- until when a risk is to be accepted
	opened_by  text NOT NULL,
	opened_at  timestamptz NOT NULL,
	ended_by   text NOT NULL,
	ended_at   timestamptz,
	outcome    text NOT NULL, -- why it was upheld or rejected
	CHECK ((state IN ('open', 'answered')) = (ended_at IS NULL))
);
CREATE UNIQUE INDEX disputes_open ON disputes (finding_id) WHERE state IN ('open', 'answered');
CREATE INDEX disputes_finding ON disputes (finding_id, num);
CREATE INDEX disputes_state ON disputes (state, num);
CREATE INDEX disputes_org ON disputes (org_id, num);

CREATE TABLE finding_comments (
	num        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	finding_id text NOT NULL REFERENCES findings,
	org_id     text NOT NULL REFERENCES organizations,
	dispute_id text REFERENCES disputes,
	at         timestamptz NOT NULL,
	author     text NOT NULL,
	operator   boolean NOT NULL, -- one of the organisation's people wrote it
	shared     boolean NOT NULL, -- both sides see it
	body       text NOT NULL CHECK (body <> ''),
	CHECK (shared OR NOT operator),
	CHECK (shared OR dispute_id IS NULL)
);
CREATE INDEX finding_comments_finding ON finding_comments (finding_id, num);
CREATE INDEX finding_comments_dispute ON finding_comments (dispute_id, num) WHERE dispute_id IS NOT NULL;
CREATE TRIGGER finding_comments_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finding_comments
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE finding_views (
	num        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id         text GENERATED ALWAYS AS ('V-' || num::text) STORED PRIMARY KEY,
	owner      text NOT NULL,
	org_id     text REFERENCES organizations, -- whose people it is for; none for the CERT's
	name       text NOT NULL CHECK (name <> ''),
	query      text NOT NULL,
	team       boolean NOT NULL,
	standard   boolean NOT NULL, -- what its owner sees first
	created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX finding_views_name ON finding_views (owner, lower(name));
CREATE UNIQUE INDEX finding_views_standard ON finding_views (owner) WHERE standard;
CREATE INDEX finding_views_team ON finding_views (org_id, num) WHERE team;

CREATE TABLE finding_bulks (
	num       bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id        text GENERATED ALWAYS AS ('B-' || num::text) STORED PRIMARY KEY,
	actor     text NOT NULL,
	at        timestamptz NOT NULL,
	until_at  timestamptz NOT NULL, -- when it can no longer be undone
	act       text NOT NULL,
	subject   text NOT NULL, -- the advisory of what was put into one
	rows      integer NOT NULL,
	undone_at timestamptz
);
CREATE INDEX finding_bulks_actor ON finding_bulks (actor, num);
CREATE INDEX finding_bulks_until ON finding_bulks (until_at);

CREATE TABLE finding_bulk_rows (
	bulk_id       text NOT NULL REFERENCES finding_bulks ON DELETE CASCADE,
	finding_id    text NOT NULL REFERENCES findings,
	version       bigint NOT NULL, -- that the bulk made
	work          text NOT NULL,   -- this and the rest as it was before
	waiver        text NOT NULL,
	waiver_reason text NOT NULL,
	waiver_by     text NOT NULL,
	waiver_until  timestamptz,
	assignee      text NOT NULL,
	tags          jsonb NOT NULL,
	PRIMARY KEY (bulk_id, finding_id)
);

CREATE TABLE finding_rescans (
	num        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	finding_id text NOT NULL REFERENCES findings,
	org_id     text NOT NULL REFERENCES organizations,
	asked_by   text NOT NULL,
	asked_at   timestamptz NOT NULL,
	operator   boolean NOT NULL, -- one of the organisation's people asked
	scan_id    text REFERENCES scans
);
CREATE INDEX finding_rescans_finding ON finding_rescans (finding_id, num);
CREATE INDEX finding_rescans_org ON finding_rescans (org_id, asked_at);

CREATE TABLE advisory_findings (
	advisory_id text NOT NULL REFERENCES advisories,
	finding_id  text NOT NULL REFERENCES findings,
	added_by    text NOT NULL,
	added_at    timestamptz NOT NULL,
	PRIMARY KEY (advisory_id, finding_id)
);
CREATE INDEX advisory_findings_finding ON advisory_findings (finding_id);

-- What an organisation's own people see and do of this: they answer, and the
-- CERT decides.
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['disputes', 'finding_comments', 'finding_views', 'finding_rescans', 'finding_bulks',
		'finding_bulk_rows', 'advisory_findings'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
	END LOOP;
END $$;
CREATE POLICY of_organization ON disputes TO ciiscan_operator USING (org_id = bound_org())
	WITH CHECK (org_id = bound_org() AND state IN ('open', 'withdrawn') AND EXISTS (SELECT 1 FROM findings f WHERE f.id = finding_id));
CREATE POLICY of_organization ON finding_comments TO ciiscan_operator USING (org_id = bound_org() AND shared)
	WITH CHECK (org_id = bound_org() AND shared AND operator AND EXISTS (SELECT 1 FROM findings f WHERE f.id = finding_id));
CREATE POLICY of_organization ON finding_views TO ciiscan_operator USING (org_id = bound_org());
CREATE POLICY of_organization ON finding_rescans TO ciiscan_operator USING (org_id = bound_org())
	WITH CHECK (org_id = bound_org() AND operator AND EXISTS (SELECT 1 FROM findings f WHERE f.id = finding_id));
GRANT SELECT ON disputes, finding_comments, finding_views, finding_rescans TO ciiscan_operator;
GRANT INSERT ON disputes, finding_comments, finding_views, finding_rescans TO ciiscan_operator;
GRANT UPDATE (state, until_at, ended_by, ended_at, outcome) ON disputes TO ciiscan_operator;
GRANT UPDATE ON finding_views TO ciiscan_operator;
GRANT DELETE ON finding_views TO ciiscan_operator;
