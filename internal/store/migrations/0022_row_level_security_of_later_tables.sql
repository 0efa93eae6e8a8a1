-- Row-level security for what came beside 0016: the register's imports and
-- discoveries, and looking through the log of acts.

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['imports', 'import_rows', 'import_mappings', 'asset_undos', 'discoveries'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO ciiscan_operator', name);
	END LOOP;
END $$;
CREATE POLICY of_organization ON imports TO ciiscan_operator USING (org_id = bound_org());
CREATE POLICY of_organization ON import_rows TO ciiscan_operator USING (org_id = bound_org())
	WITH CHECK (org_id = bound_org() AND EXISTS (SELECT 1 FROM imports i WHERE i.id = import_id));
CREATE POLICY of_organization ON import_mappings TO ciiscan_operator USING (org_id = bound_org());
CREATE POLICY of_organization ON asset_undos TO ciiscan_operator USING (org_id = bound_org());
CREATE POLICY of_organization ON discoveries TO ciiscan_operator USING (org_id = bound_org())
	WITH CHECK (org_id = bound_org() AND (asset_id IS NULL OR EXISTS (SELECT 1 FROM assets a WHERE a.id = asset_id)));
GRANT DELETE ON imports, import_rows, import_mappings, asset_undos TO ciiscan_operator;

ALTER TABLE former_services ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_asset ON former_services TO ciiscan_operator
	USING (EXISTS (SELECT 1 FROM assets a WHERE a.id = asset_id));
GRANT SELECT, INSERT, DELETE ON former_services TO ciiscan_operator;

-- What the log of acts is looked through by.
CREATE INDEX audit_log_actor ON audit_log (actor, seq);
CREATE INDEX audit_log_act ON audit_log (act text_pattern_ops, seq);
CREATE INDEX audit_log_at ON audit_log (at);
