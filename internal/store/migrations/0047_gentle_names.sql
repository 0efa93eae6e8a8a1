-- A worker asks every few seconds for the names that want more care than its
-- task takes; few assets of an organisation are such.
CREATE INDEX assets_gentle_names ON assets (org_id) INCLUDE (host, class, at_most, id)
	WHERE host IS NOT NULL AND retired_at IS NULL AND (class = 'ot' OR at_most IS NOT NULL);
