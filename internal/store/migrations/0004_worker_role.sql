-- The role by which workers see scan work, and nothing else: no name of an
-- operator, no contact, no finding, no advisory, no token, no audit record.
-- It can not log in until somebody says so: the private cluster does, and an
-- administrator by
--   ALTER ROLE ciiscan_worker LOGIN PASSWORD '...';
-- or by granting it to another login.

DO $$
BEGIN
	IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'ciiscan_worker') THEN
		CREATE ROLE ciiscan_worker NOLOGIN;
	END IF;
EXCEPTION
	WHEN duplicate_object OR unique_violation THEN NULL; -- made just now for another database
	WHEN insufficient_privilege THEN
		RAISE EXCEPTION 'role ciiscan_worker is missing and may not be created by %', current_user
			USING ERRCODE = 'insufficient_privilege',
			      HINT = 'let an administrator run: CREATE ROLE ciiscan_worker NOLOGIN';
END $$;

GRANT SELECT (num, id, org_id, prefixes, names, method, state, level, ot_level, valid_from, valid_until, windows, time_zone)
	ON authorizations TO ciiscan_worker;
GRANT SELECT (num, id, prefix, name, reason, until_at) ON exclusions TO ciiscan_worker;
GRANT SELECT (id, class) ON assets TO ciiscan_worker;
GRANT SELECT (id, state, note), UPDATE (state, started_at) ON scans TO ciiscan_worker;
GRANT SELECT ON checks, stop_switch TO ciiscan_worker;
GRANT SELECT ON scan_tasks TO ciiscan_worker;
GRANT UPDATE (state, attempt, worker, lease_until, note, method, requests, claimed_at, ended_at, judged_at)
	ON scan_tasks TO ciiscan_worker;
GRANT SELECT, INSERT, DELETE ON scan_leases TO ciiscan_worker;
GRANT SELECT, INSERT, UPDATE ON scan_turns, workers TO ciiscan_worker;
GRANT INSERT ON host_results, evidence, observations, port_coverage, check_sets, check_coverage TO ciiscan_worker;
GRANT SELECT ON schema_migrations TO ciiscan_worker;
