-- What an asset is there for, who of its organisation answers for it, and how
-- hard its owner lets it be looked at, whatever is permitted for everything.

ALTER TABLE contacts ADD UNIQUE (org_id, id);
ALTER TABLE assets
	ADD function   text NOT NULL DEFAULT '',
	ADD contact_id text,
	ADD at_most    smallint CHECK (at_most BETWEEN 1 AND 4), -- a level; null for what is permitted
	-- An asset that moves, or whose contact goes, has none.
	ADD FOREIGN KEY (org_id, contact_id) REFERENCES contacts (org_id, id) ON DELETE SET NULL (contact_id);
CREATE INDEX assets_contact ON assets (contact_id, num) WHERE contact_id IS NOT NULL;
CREATE INDEX assets_limited ON assets (org_id) INCLUDE (id, at_most) WHERE at_most IS NOT NULL AND retired_at IS NULL;
GRANT SELECT (at_most) ON assets TO ciiscan_worker;

DROP INDEX assets_words;
CREATE INDEX assets_words ON assets USING gin (lower(name || ' ' || address || ' ' || site || ' ' || function) gin_trgm_ops);

-- What was done to many assets at once, and by files, is told of each.
CREATE INDEX audit_log_assets ON audit_log USING gin ((detail::jsonb -> 'assets') jsonb_path_ops) WHERE act LIKE 'asset.%\_many' OR act = 'asset.undo';
CREATE INDEX import_rows_asset ON import_rows (asset_id) WHERE asset_id IS NOT NULL;

-- What a host is called, for the lists that look it up by its name.
ALTER TABLE assets ADD host text GENERATED ALWAYS AS (CASE kind
	WHEN 'hostname' THEN address
	WHEN 'url' THEN substring(address FROM '^https?://(\[[0-9a-f:.]+\]|[^/:?#]+)') END) STORED;
