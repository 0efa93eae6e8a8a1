-- What overviews count over all findings, without reading them whole.
CREATE INDEX findings_tally ON findings (org_id, severity) INCLUDE (detection, first_seen, closed_at, due_at, kev, waiver, waiver_until);
