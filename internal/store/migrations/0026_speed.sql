-- Words anywhere in what an asset is called are found among 100,000 of them.
-- The extension comes with Debian's postgresql-15, and whoever owns a database
-- may add it (it is "trusted").
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX assets_words ON assets USING gin (lower(name || ' ' || address || ' ' || site) gin_trgm_ops);

-- How many assets an organisation has, and when one was last looked at.
CREATE INDEX assets_present ON assets (org_id) INCLUDE (tested_at) WHERE retired_at IS NULL;

-- Hosts by address: those of assets that are registered by name.
CREATE INDEX address_states_address ON address_states (address);
CREATE INDEX assets_named ON assets (id) WHERE net IS NULL AND retired_at IS NULL;
