-- What pages of a whole country wait for.

-- When an asset was last looked at to some end, which overviews count.
ALTER TABLE assets ADD looked_at timestamptz;
UPDATE assets a SET looked_at = s.last FROM (
	SELECT asset_id, max(last_scan) AS last FROM address_states WHERE outcome IN ('complete', 'partial') GROUP BY 1) s
WHERE s.asset_id = a.id;
DROP INDEX assets_present;
CREATE INDEX assets_present ON assets (org_id) INCLUDE (id, tested_at, looked_at) WHERE retired_at IS NULL;

-- The narrowest of many prefixes are found first.
CREATE INDEX assets_narrow ON assets (masklen(net) DESC, num) WHERE retired_at IS NULL;

-- Columns that are only counted, so that the rows themselves are not read.
DROP INDEX assets_org, findings_org, findings_org_closed, findings_closed, findings_first_seen, findings_present;
CREATE INDEX assets_org ON assets (org_id, num) INCLUDE (id);
CREATE INDEX findings_org ON findings (org_id, num) INCLUDE (id);
CREATE INDEX findings_org_closed ON findings (org_id, closed_at) INCLUDE (first_seen) WHERE closed_at IS NOT NULL;
CREATE INDEX findings_closed ON findings (closed_at) INCLUDE (org_id) WHERE closed_at IS NOT NULL;
CREATE INDEX findings_present ON findings (org_id, severity, num) INCLUDE (waiver, kev, due_at) WHERE detection <> 'fixed';
CREATE INDEX findings_first_seen ON findings (first_seen, num) INCLUDE (org_id);

-- Many findings share evidence: whether one is an organisation's own.
DROP INDEX findings_evidence;
CREATE INDEX findings_evidence ON findings (evidence_id, org_id) WHERE evidence_id <> '';

-- As before, and said so that PostgreSQL finds an organisation's assets once
-- for a statement, not the asset once for each row.
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['services', 'address_states', 'former_services'] LOOP
		EXECUTE format('ALTER POLICY of_asset ON %I USING (asset_id IN (SELECT a.id FROM assets a))', name);
	END LOOP;
END $$;
