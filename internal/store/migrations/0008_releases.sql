-- What was let out, to whom, by what right, and how it got there.

CREATE TABLE advisory_comments (
	num         bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id          text GENERATED ALWAYS AS ('COM-' || num::text) STORED PRIMARY KEY,
	advisory_id text NOT NULL REFERENCES advisories,
	revision    integer NOT NULL,
	at          timestamptz NOT NULL,
	author      text NOT NULL CHECK (author <> ''),
	field       text NOT NULL,
	body        text NOT NULL CHECK (body <> ''),
	resolved_by text NOT NULL DEFAULT '',
	resolved_at timestamptz,
	CHECK ((resolved_by <> '') = (resolved_at IS NOT NULL))
);
CREATE INDEX advisory_comments_advisory ON advisory_comments (advisory_id, num);
CREATE TRIGGER advisory_comments_stay BEFORE DELETE OR TRUNCATE ON advisory_comments
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE releases (
	num            bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id             text GENERATED ALWAYS AS ('REL-' || num::text) STORED PRIMARY KEY,
	advisory_id    text NOT NULL REFERENCES advisories,
	revision       integer NOT NULL CHECK (revision >= 1),
	team_id        text REFERENCES teams,      -- null: everybody
	agreement_id   text REFERENCES agreements,
	state          text NOT NULL CHECK (state IN ('requested', 'released', 'refused')),
	category       text NOT NULL,
	tlp            text NOT NULL CHECK (tlp IN ('clear', 'green', 'amber', 'amber+strict', 'red')),
	iep            jsonb NOT NULL,
	profile        jsonb NOT NULL,
	referral       boolean NOT NULL,
	clause         text NOT NULL,
	channels       jsonb NOT NULL,
	reason         text NOT NULL,
	requested_by   text NOT NULL CHECK (requested_by <> ''),
	requested_at   timestamptz NOT NULL,
	approved_by    text NOT NULL,
	legal_by       text NOT NULL,
	released_at    timestamptz UNIQUE, -- one after the other: readers fetch by date
	withdrawal     boolean NOT NULL,
	supersedes     text REFERENCES releases,
	refused_why    text NOT NULL,
	-- what listings say, as it was when it was released
	title          text NOT NULL,
	summary        text NOT NULL,
	CHECK (lower(approved_by) <> lower(requested_by)),
	CHECK ((state = 'released') = (released_at IS NOT NULL)),
	CHECK (state <> 'released' OR approved_by <> ''),
	-- A withdrawal carries nothing that a legal officer would have to see again.
	CHECK (state <> 'released' OR withdrawal OR tlp <> 'red' AND category <> 'incident' OR legal_by <> ''),
	CHECK (team_id IS NULL AND agreement_id IS NULL AND NOT referral AND tlp = 'clear' AND category NOT IN ('incident', 'indicators')
	       OR team_id IS NOT NULL AND agreement_id IS NOT NULL),
	CHECK ((state = 'refused') = (refused_why <> ''))
);
-- Each audience gets a revision once under an agreement.
CREATE UNIQUE INDEX releases_once ON releases (advisory_id, revision, team_id, agreement_id, referral)
	NULLS NOT DISTINCT WHERE state <> 'refused';
CREATE INDEX releases_audience ON releases (team_id, advisory_id, revision) WHERE state = 'released';
CREATE INDEX releases_agreement ON releases (agreement_id);

-- Only a wish can still change. What was decided stays.
CREATE FUNCTION refuse_change_of_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' OR OLD.state <> 'requested' THEN
		RAISE EXCEPTION 'release % is % and never changes', OLD.id, OLD.state;
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER releases_immutable BEFORE UPDATE OR DELETE ON releases
	FOR EACH ROW EXECUTE FUNCTION refuse_change_of_release();

CREATE TABLE release_files (
	release_id text NOT NULL REFERENCES releases,
	format     text NOT NULL CHECK (format IN ('csaf', 'stix', 'misp')),
	name       text NOT NULL CHECK (name <> ''),
	media_type text NOT NULL,
	bytes      bytea NOT NULL,
	sha256     text NOT NULL CHECK (sha256 = encode(sha256(bytes), 'hex')),
	sha512     text NOT NULL CHECK (sha512 = encode(sha512(bytes), 'hex')),
	signature  text NOT NULL,
	PRIMARY KEY (release_id, format, name)
);
CREATE INDEX release_files_name ON release_files (format, name);
CREATE TRIGGER release_files_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON release_files
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The instant of the last release. Its row lock lets one release happen at a
-- time, so that their instants neither tie nor go back.
CREATE TABLE release_clock (
	only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
	last_at  timestamptz
);
INSERT INTO release_clock (last_at) VALUES (NULL);

CREATE TABLE deliveries (
	num          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	release_id   text NOT NULL REFERENCES releases,
	team_id      text NOT NULL REFERENCES teams,
	channel      text NOT NULL CHECK (channel IN ('csaf', 'taxii', 'misp', 'push', 'mail', 'bundle')),
	state        text NOT NULL CHECK (state IN ('queued', 'available', 'delivered', 'confirmed', 'stopped')),
	attempts     integer NOT NULL DEFAULT 0,
	next_at      timestamptz NOT NULL,
	last_error   text NOT NULL DEFAULT '',
	delivered_at timestamptz,
	ack_by       timestamptz,
	ack_at       timestamptz,
	UNIQUE (release_id, channel)
);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state = 'queued';
CREATE INDEX deliveries_overdue ON deliveries (ack_by) WHERE ack_at IS NULL AND state <> 'stopped';

CREATE TABLE receipts (
	num        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	release_id text NOT NULL REFERENCES releases,
	team_id    text REFERENCES teams, -- null: somebody fetched what is for everybody
	channel    text NOT NULL,
	kind       text NOT NULL CHECK (kind IN ('fetched', 'sent', 'received', 'valid', 'accepted', 'rejected', 'closed')),
	at         timestamptz NOT NULL,
	credential text NOT NULL,
	path       text NOT NULL,
	detail     text NOT NULL
);
CREATE INDEX receipts_release ON receipts (release_id, num);
-- The first fetch of a file by a credential is evidence; the thousand after it
-- are not.
CREATE UNIQUE INDEX receipts_fetched ON receipts (release_id, team_id, channel, credential, path)
	NULLS NOT DISTINCT WHERE kind = 'fetched';
CREATE TRIGGER receipts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON receipts
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What a team reads over TAXII, and where it writes.
CREATE TABLE taxii_collections (
	id         text PRIMARY KEY CHECK (id ~ '^[0-9a-f-]{36}$'),
	team_id    text REFERENCES teams, -- null: everybody
	name       text NOT NULL CHECK (name IN ('clear', 'green', 'amber', 'amber+strict', 'red', 'inbox')),
	last_added timestamptz, -- its row lock orders what is added
	created_at timestamptz NOT NULL,
	UNIQUE NULLS NOT DISTINCT (team_id, name)
);

CREATE TABLE taxii_objects (
	num           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	collection_id text NOT NULL REFERENCES taxii_collections,
	release_id    text NOT NULL REFERENCES releases,
	agreement_id  text REFERENCES agreements,
	object_id     text NOT NULL,
	type          text NOT NULL,
	modified      timestamptz, -- null: an observable, which has no date of its own
	spec_version  text NOT NULL,
	raw           bytea NOT NULL,
	date_added    timestamptz NOT NULL,
	UNIQUE (collection_id, date_added)
);
-- Objects that stand in many releases, such as our identity, are there once.
CREATE UNIQUE INDEX taxii_objects_version ON taxii_objects (collection_id, agreement_id, object_id, modified) NULLS NOT DISTINCT;
CREATE TRIGGER taxii_objects_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON taxii_objects
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE taxii_statuses (
	id         text PRIMARY KEY CHECK (id ~ '^[0-9a-f-]{36}$'),
	team_id    text NOT NULL REFERENCES teams,
	status     jsonb NOT NULL,
	created_at timestamptz NOT NULL
);
CREATE TRIGGER taxii_statuses_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON taxii_statuses
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
