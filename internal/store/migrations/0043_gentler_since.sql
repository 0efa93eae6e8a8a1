-- Before a worker touches an address, and every few seconds while it does, it
-- asks what was registered there since the scan was planned.
GRANT SELECT (net, host) ON assets TO ciiscan_worker;
CREATE INDEX assets_host ON assets (host) WHERE host IS NOT NULL AND retired_at IS NULL;
