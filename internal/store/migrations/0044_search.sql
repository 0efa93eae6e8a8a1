-- What somebody opened last. It is not worth waiting for the disk: after a
-- crash it may be forgotten, and who opens a page writes nothing else, so that
-- org_id refers to no organisation either, whose row it would lock.
CREATE UNLOGGED TABLE recents (
	owner     text NOT NULL,
	kind      text NOT NULL,
	thing     text NOT NULL,
	org_id    text, -- whose people it is of; none for the CERT's
	opened_at timestamptz NOT NULL,
	PRIMARY KEY (owner, kind, thing)
);
ALTER TABLE recents ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON recents TO ciiscan_operator USING (org_id = bound_org());
GRANT SELECT, INSERT, UPDATE, DELETE ON recents TO ciiscan_operator;

-- Findings by the scores of their checks: each check's, in order.
CREATE INDEX findings_check_severity ON findings (check_id, severity_order, urgency, num);
