-- What an organisation's own people see in the database itself, whatever a
-- query forgets to ask: the rows of their organisation, and of the tables that
-- are the CERT's nothing at all.
--
-- Their requests run as the role ciiscan_operator. Each connection is told
-- whose it is, in ciiscan.org, whenever it is taken from the pool; one that
-- was not told sees no row. docs/data-model.md says how to add a table.

DO $$
BEGIN
	IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'ciiscan_operator') THEN
		CREATE ROLE ciiscan_operator NOLOGIN;
	END IF;
EXCEPTION
	WHEN duplicate_object OR unique_violation THEN NULL; -- made just now for another database
	WHEN insufficient_privilege THEN
		RAISE EXCEPTION 'role ciiscan_operator is missing and may not be created by %', current_user
			USING ERRCODE = 'insufficient_privilege',
			      HINT = format('let an administrator run: CREATE ROLE ciiscan_operator NOLOGIN; GRANT ciiscan_operator TO %I', current_user);
END $$;

DO $$
BEGIN
	IF NOT pg_has_role('ciiscan_operator', 'MEMBER') THEN
		EXECUTE format('GRANT ciiscan_operator TO %I', current_user);
	END IF;
EXCEPTION
	WHEN insufficient_privilege THEN
		RAISE EXCEPTION '% may not become ciiscan_operator', current_user
			USING ERRCODE = 'insufficient_privilege',
			      HINT = format('let an administrator run: GRANT ciiscan_operator TO %I', current_user);
END $$;

-- The organisation to which this session is bound; nobody's id is null or ''.
CREATE FUNCTION bound_org() RETURNS text LANGUAGE sql STABLE
	AS $$ SELECT current_setting('ciiscan.org', true) $$;

-- Rows that name their organisation.
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['contacts', 'schedules', 'findings', 'accounts', 'sessions', 'invitations', 'tokens'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY of_organization ON %I TO ciiscan_operator USING (org_id = bound_org())', name);
	END LOOP;
END $$;
ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON organizations TO ciiscan_operator USING (id = bound_org());
ALTER TABLE assets ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON assets TO ciiscan_operator USING (org_id = bound_org());

-- What is written about something else must be about something of their own: a
-- foreign key alone would tell whether it exists.
ALTER TABLE asset_owners ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON asset_owners TO ciiscan_operator USING (org_id = bound_org())
	WITH CHECK (org_id = bound_org() AND EXISTS (SELECT 1 FROM assets a WHERE a.id = asset_id));
ALTER TABLE scans ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON scans TO ciiscan_operator USING (org_id = bound_org())
	WITH CHECK (org_id = bound_org() AND (asset_id IS NULL OR EXISTS (SELECT 1 FROM assets a WHERE a.id = asset_id)));
ALTER TABLE scan_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON scan_tasks TO ciiscan_operator USING (org_id = bound_org());

-- Nobody lets the country's scanners in by themselves: a letter is read by the
-- CERT first, and only what the DNS proves is in force at once.
ALTER TABLE authorizations ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON authorizations TO ciiscan_operator USING (org_id = bound_org())
	WITH CHECK (org_id = bound_org() AND (state <> 'active' OR method = 'dns'));

-- Rows that belong to what they are about.
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_authorization ON documents FOR SELECT TO ciiscan_operator
	USING (EXISTS (SELECT 1 FROM authorizations a WHERE a.document_sha256 = sha256));
CREATE POLICY new_document ON documents FOR INSERT TO ciiscan_operator WITH CHECK (true);
ALTER TABLE finding_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_finding ON finding_events TO ciiscan_operator
	USING (EXISTS (SELECT 1 FROM findings f WHERE f.id = finding_id));
ALTER TABLE evidence ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_finding ON evidence FOR SELECT TO ciiscan_operator
	USING (EXISTS (SELECT 1 FROM findings f WHERE f.evidence_id = evidence.id)
		OR EXISTS (SELECT 1 FROM finding_events e WHERE e.evidence_id = evidence.id));
CREATE INDEX findings_evidence ON findings (evidence_id) WHERE evidence_id <> '';
CREATE INDEX finding_events_evidence ON finding_events (evidence_id) WHERE evidence_id <> '';
CREATE INDEX authorizations_document ON authorizations (document_sha256) WHERE document_sha256 IS NOT NULL;
ALTER TABLE scan_skips ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_scan ON scan_skips FOR SELECT TO ciiscan_operator
	USING (EXISTS (SELECT 1 FROM scans s WHERE s.id = scan_id));
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['services', 'address_states'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY of_asset ON %I TO ciiscan_operator
			USING (EXISTS (SELECT 1 FROM assets a WHERE a.id = asset_id))', name);
	END LOOP;
	-- Workers go on seeing the work of everybody, through the columns they were given.
	FOREACH name IN ARRAY ARRAY['assets', 'authorizations', 'scans', 'scan_tasks', 'evidence'] LOOP
		EXECUTE format('CREATE POLICY workers ON %I TO ciiscan_worker USING (true)', name);
	END LOOP;
END $$;

-- Workers write these with COPY, which row-level security refuses. Their rows
-- are shown through views of the same name, in a schema that the sessions of
-- ciiscan_operator look into first; the tables are not granted.
CREATE SCHEMA bound;
GRANT USAGE ON SCHEMA bound TO ciiscan_operator;
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['host_results', 'observations', 'port_coverage', 'check_coverage'] LOOP
		EXECUTE format('CREATE VIEW bound.%1$I WITH (security_barrier) AS SELECT r.* FROM public.%1$I r
			WHERE EXISTS (SELECT 1 FROM public.scan_tasks t WHERE t.id = r.task_id AND t.org_id = public.bound_org())', name);
		EXECUTE format('GRANT SELECT ON bound.%I TO ciiscan_operator', name);
	END LOOP;
END $$;

GRANT SELECT ON organizations, asset_owners, documents, authorizations, contacts, assets, schedules, scans, scan_skips,
	scan_tasks, evidence, services, address_states,
	findings, finding_events, sessions, invitations, tokens TO ciiscan_operator;
GRANT SELECT (num, id, name, role, org_id, created_at, disabled_at) ON accounts TO ciiscan_operator; -- not how one signs in
GRANT SELECT ON checks, cve_threats, check_sets TO ciiscan_operator; -- about nobody

GRANT INSERT, UPDATE ON contacts, assets, asset_owners, authorizations, schedules TO ciiscan_operator;
GRANT DELETE ON contacts, services, address_states TO ciiscan_operator; -- the last two when an asset is retired
GRANT INSERT ON documents, finding_events TO ciiscan_operator;
GRANT UPDATE ON findings TO ciiscan_operator;
GRANT UPDATE ON scans TO ciiscan_operator; -- they cancel; what begins one is the planner
GRANT UPDATE (state, ended_at, judged_at, note) ON scan_tasks TO ciiscan_operator;

-- Their acts are recorded, and the record is not theirs to read.
GRANT INSERT ON audit_log TO ciiscan_operator;
GRANT SELECT, UPDATE ON audit_head TO ciiscan_operator;
