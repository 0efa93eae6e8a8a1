-- Scans and permissions tell how deep in the same words: what scans called
-- full, permissions call intensive.
UPDATE scans SET profile = 'intensive' WHERE profile = 'full';
UPDATE schedules SET profile = 'intensive' WHERE profile = 'full';
UPDATE scan_tasks SET profile = 'intensive' WHERE profile = 'full';
UPDATE address_states SET profile = 'intensive' WHERE profile = 'full';
