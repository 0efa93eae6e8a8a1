-- What was judged lately meets what peers sent, every minute.
CREATE INDEX scan_tasks_judged ON scan_tasks (judged_at) WHERE judged_at IS NOT NULL;

-- Each bundle names the one before it.
ALTER TABLE bundles_out ADD sha256 text NOT NULL DEFAULT '';
