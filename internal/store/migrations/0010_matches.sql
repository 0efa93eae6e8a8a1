-- What received documents mean at home, and what the senders hear of it.

CREATE TABLE matches (
	num         bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	inbound_id  text NOT NULL REFERENCES inbounds,
	org_id      text NOT NULL REFERENCES organizations,
	asset_id    text NOT NULL REFERENCES assets,
	service     text NOT NULL,
	how         text NOT NULL,
	checks      jsonb NOT NULL,
	verdict     text NOT NULL CHECK (verdict IN ('pending', 'affected', 'fixed', 'not_present', 'unknown')),
	why         text NOT NULL,
	evidence_id text NOT NULL,
	scan_id     text NOT NULL,
	matched_at  timestamptz NOT NULL,
	decided_at  timestamptz,
	fixed_at    timestamptz, -- when what was affected was proven gone
	told_at     timestamptz,
	due_at      timestamptz,
	PRIMARY KEY (inbound_id, asset_id, service),
	CHECK ((verdict = 'pending') = (decided_at IS NULL))
);
CREATE INDEX matches_asset ON matches (asset_id, num);
CREATE INDEX matches_org ON matches (org_id, num);
CREATE INDEX matches_scan ON matches (scan_id) WHERE scan_id <> '';
CREATE INDEX matches_pending ON matches (matched_at) WHERE verdict = 'pending';

CREATE TABLE answers (
	num        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	inbound_id text NOT NULL REFERENCES inbounds,
	team_id    text NOT NULL REFERENCES teams,
	at         timestamptz NOT NULL,
	author     text NOT NULL,
	state      text NOT NULL CHECK (state IN ('received', 'valid', 'accepted', 'rejected', 'closed')),
	counts     jsonb NOT NULL,
	few        jsonb NOT NULL, -- verdicts of fewer operators than may be counted
	sectors    jsonb NOT NULL,
	first_at   timestamptz,
	last_at    timestamptz,
	usefulness smallint NOT NULL CHECK (usefulness BETWEEN 0 AND 5),
	comment    text NOT NULL,
	channel    text NOT NULL,
	sent_at    timestamptz
);
CREATE INDEX answers_inbound ON answers (inbound_id, num);
CREATE INDEX answers_team ON answers (team_id, at);

-- What peers say of what we released.
CREATE TABLE feedback (
	num         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	team_id     text NOT NULL REFERENCES teams,
	advisory_id text NOT NULL REFERENCES advisories,
	release_id  text NOT NULL REFERENCES releases,
	at          timestamptz NOT NULL,
	state       text NOT NULL,
	counts      jsonb NOT NULL,
	first_at    timestamptz,
	last_at     timestamptz,
	usefulness  smallint NOT NULL CHECK (usefulness BETWEEN 0 AND 5),
	comment     text NOT NULL,
	inbound_id  text REFERENCES inbounds
);
CREATE INDEX feedback_release ON feedback (release_id, num);
CREATE TRIGGER feedback_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON feedback
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A targeted scan asks what decides one question, and no more.
ALTER TABLE scans ADD aim jsonb NOT NULL DEFAULT '{}';
ALTER TABLE scan_tasks ADD aim jsonb NOT NULL DEFAULT '{}';
