-- What weekly reports look back on, and the indexes that make one quick among
-- a million findings.

-- How each organisation stood when a week ended: Monday, 00:00 UTC. A row is
-- written once and never changes, so that a trend reads alike ever after.
CREATE TABLE weekly_standings (
	org_id      text NOT NULL REFERENCES organizations,
	until_at    timestamptz NOT NULL,
	sector      text NOT NULL, -- as it was then
	critical    integer NOT NULL,
	high        integer NOT NULL,
	medium      integer NOT NULL,
	low         integer NOT NULL,
	info        integer NOT NULL,
	kev         integer NOT NULL,
	fresh       integer NOT NULL, -- first seen within the week
	closed      integer NOT NULL,
	median_age  integer,          -- days, of what was open; null for nothing
	to_close    integer,          -- days, of what closed within the week
	due         integer NOT NULL, -- closed within the week, with a deadline
	met         integer NOT NULL, -- of these, in time
	PRIMARY KEY (org_id, until_at)
);
CREATE INDEX weekly_standings_until ON weekly_standings (until_at, sector);

-- What was usual in a sector then: quartiles over five operators or more. It
-- names nobody.
CREATE TABLE weekly_sectors (
	sector    text NOT NULL,
	until_at  timestamptz NOT NULL,
	operators integer NOT NULL CHECK (operators >= 5),
	urgent    integer[] NOT NULL, -- how many have the number, and its quartiles
	age       integer[] NOT NULL,
	to_close  integer[] NOT NULL,
	met_share integer[] NOT NULL,
	PRIMARY KEY (sector, until_at)
);
CREATE TRIGGER weekly_standings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON weekly_standings
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER weekly_sectors_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON weekly_sectors
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE weekly_standings ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_organization ON weekly_standings TO ciiscan_operator USING (org_id = bound_org());
GRANT SELECT ON weekly_standings TO ciiscan_operator;

CREATE INDEX findings_org_closed ON findings (org_id, closed_at) WHERE closed_at IS NOT NULL;
-- Most events only say that a finding was seen again; these are the others.
CREATE INDEX finding_events_turns ON finding_events (finding_id, at) WHERE kind IN ('opened', 'fixed', 'reopened', 'changed', 'waived');
CREATE INDEX finding_events_news ON finding_events (at) WHERE kind IN ('opened', 'reopened');
CREATE INDEX finding_events_answers ON finding_events (at) WHERE kind IN ('work', 'waived');
