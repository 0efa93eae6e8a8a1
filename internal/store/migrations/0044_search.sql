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

-- A finding that was fixed and is seen again is "back again" to everybody.
ALTER TABLE findings DROP CONSTRAINT findings_detection_check;
UPDATE findings SET detection = 'back_again' WHERE detection = 'reopened';
ALTER TABLE findings ADD CHECK (detection IN ('open', 'fixed', 'back_again'));
DROP INDEX finding_events_reopened, finding_events_turns, finding_events_news;
ALTER TABLE finding_events DROP CONSTRAINT finding_events_kind_check;
ALTER TABLE finding_events DISABLE TRIGGER finding_events_append_only;
UPDATE finding_events SET kind = replace(kind, 'reopened', 'back_again'), from_value = replace(from_value, 'reopened', 'back_again'),
	to_value = replace(to_value, 'reopened', 'back_again') WHERE 'reopened' IN (kind, from_value, to_value);
ALTER TABLE finding_events ENABLE TRIGGER finding_events_append_only;
ALTER TABLE finding_events ADD CHECK (kind IN ('opened', 'verified', 'negative', 'not_tested', 'fixed', 'back_again', 'changed', 'work', 'waived',
	'assigned', 'tagged', 'answered', 'disputed', 'decided', 'noticed', 'rescan', 'advised'));
CREATE INDEX finding_events_back_again ON finding_events (at, finding_id) WHERE kind = 'back_again';
CREATE INDEX finding_events_turns ON finding_events (finding_id, at) WHERE kind IN ('opened', 'fixed', 'back_again', 'changed', 'waived');
CREATE INDEX finding_events_news ON finding_events (at) WHERE kind IN ('opened', 'back_again');
UPDATE finding_views SET query = replace(replace(query, 'detection=reopened', 'detection=back_again'), 'change=back', 'change=back_again');
