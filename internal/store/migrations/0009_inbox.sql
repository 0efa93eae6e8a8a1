-- What peers sent.

CREATE TABLE sources (
	num           bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id            text GENERATED ALWAYS AS ('SRC-' || num::text) STORED PRIMARY KEY,
	team_id       text NOT NULL REFERENCES teams,
	channel       text NOT NULL CHECK (channel IN ('csaf', 'taxii', 'misp')),
	url           text NOT NULL CHECK (url <> ''),
	hosts         jsonb NOT NULL,
	api_key       text NOT NULL,
	user_name     text NOT NULL,
	ca            text NOT NULL,
	every_seconds bigint NOT NULL CHECK (every_seconds > 0),
	paused        boolean NOT NULL,
	poll_cursor   text NOT NULL,
	last_try      timestamptz,
	last_good     timestamptz,
	last_error    text NOT NULL,
	next_at       timestamptz NOT NULL,
	created_at    timestamptz NOT NULL,
	UNIQUE (team_id, channel, url)
);
CREATE INDEX sources_due ON sources (next_at) WHERE NOT paused;

CREATE TABLE inbounds (
	num          bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id           text GENERATED ALWAYS AS ('IN-' || num::text) STORED PRIMARY KEY,
	team_id      text NOT NULL REFERENCES teams,
	source_id    text REFERENCES sources,
	channel      text NOT NULL,
	received_at  timestamptz NOT NULL,
	name         text NOT NULL,
	media_type   text NOT NULL,
	sha256       text NOT NULL REFERENCES documents,
	size         bigint NOT NULL,
	signature    text NOT NULL CHECK (signature IN ('good', 'none', 'bad', 'unknown_key', 'expired_key', 'other_team')),
	signed_by    text NOT NULL,
	problems     jsonb NOT NULL,
	state        text NOT NULL CHECK (state IN ('quarantined', 'accepted', 'rejected', 'duplicate', 'superseded', 'withdrawn', 'noted')),
	reason       text NOT NULL,
	decided_by   text NOT NULL,
	decided_at   timestamptz,
	agreement_id text REFERENCES agreements,
	namespace    text NOT NULL,
	tracking_id  text NOT NULL,
	version      text NOT NULL,
	document     jsonb NOT NULL,
	duplicates   text REFERENCES inbounds,
	supersedes   text REFERENCES inbounds,
	matched_at   timestamptz, -- when it was last compared with the register
	CHECK ((state = 'duplicate') = (duplicates IS NOT NULL)),
	CHECK (state IN ('quarantined', 'duplicate') OR decided_at IS NOT NULL AND decided_by <> '')
);
CREATE INDEX inbounds_bytes ON inbounds (team_id, sha256);
CREATE INDEX inbounds_chain ON inbounds (namespace, tracking_id, num);
CREATE INDEX inbounds_unmatched ON inbounds (decided_at) WHERE state = 'accepted' AND matched_at IS NULL;
-- One revision of a chain is the one in force.
CREATE UNIQUE INDEX inbounds_in_force ON inbounds (namespace, tracking_id) WHERE state = 'accepted' AND tracking_id <> '';

-- What arrived stays as it arrived; only what was decided about it changes.
-- A post into our TAXII inbox is read after it was kept, once.
CREATE FUNCTION refuse_change_of_inbound() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE'
		OR (OLD.num, OLD.team_id, OLD.source_id, OLD.channel, OLD.received_at, OLD.sha256)
			IS DISTINCT FROM (NEW.num, NEW.team_id, NEW.source_id, NEW.channel, NEW.received_at, NEW.sha256)
		OR OLD.document->>'format' <> '' AND (OLD.signature, OLD.signed_by, OLD.namespace, OLD.tracking_id, OLD.version, OLD.document)
			IS DISTINCT FROM (NEW.signature, NEW.signed_by, NEW.namespace, NEW.tracking_id, NEW.version, NEW.document)
		OR OLD.duplicates IS NOT NULL AND OLD.duplicates IS DISTINCT FROM NEW.duplicates THEN
		RAISE EXCEPTION '% was received like that and never changes', OLD.id;
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER inbounds_as_received BEFORE UPDATE OR DELETE ON inbounds
	FOR EACH ROW EXECUTE FUNCTION refuse_change_of_inbound();

CREATE TABLE bundles_out (
	team_id text PRIMARY KEY REFERENCES teams,
	last    bigint NOT NULL CHECK (last > 0)
);
CREATE TABLE bundles_in (
	team_id text NOT NULL REFERENCES teams,
	seq     bigint NOT NULL CHECK (seq > 0),
	at      timestamptz NOT NULL,
	PRIMARY KEY (team_id, seq)
);
