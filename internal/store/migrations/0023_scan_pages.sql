-- A paused scan begins no new task; those that run end as they would.
ALTER TABLE scans ADD COLUMN paused_at timestamptz;
ALTER TABLE scans ADD COLUMN paused_by text NOT NULL DEFAULT '';
ALTER TABLE scans ADD CHECK ((paused_at IS NULL) = (paused_by = ''));
CREATE INDEX scans_paused ON scans (id) WHERE paused_at IS NOT NULL;
GRANT SELECT (paused_at) ON scans TO ciiscan_worker;

-- What lists of scans are filtered by, and what one scan changed.
CREATE INDEX scans_state ON scans (state, num);
CREATE INDEX scans_asset ON scans (asset_id, num) WHERE asset_id IS NOT NULL;
CREATE INDEX scans_created ON scans (created_at);
CREATE INDEX finding_events_task ON finding_events (task_id) WHERE task_id <> '';
CREATE INDEX host_results_address ON host_results (asset_id, address, task_id);
