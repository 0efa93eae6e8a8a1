-- Peer teams, and what proves that it is they.

CREATE TABLE teams (
	num           bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id            text GENERATED ALWAYS AS ('TEAM-' || num::text) STORED PRIMARY KEY,
	name          text NOT NULL CHECK (name <> ''),
	country       text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
	state         text NOT NULL CHECK (state IN ('example', 'confirmed', 'former')),
	rfc2350       text NOT NULL,
	memberships   jsonb NOT NULL,
	contacts      jsonb NOT NULL,
	namespaces    jsonb NOT NULL,
	misp_org      text NOT NULL,
	stix_identity text NOT NULL,
	time_zone     text NOT NULL,
	languages     jsonb NOT NULL,
	profile       jsonb NOT NULL,
	created_at    timestamptz NOT NULL
);
CREATE UNIQUE INDEX teams_name ON teams (country, lower(name));

-- Keys that sign and certificates that open doors. One that is trusted proves
-- one team, and no other.
CREATE TABLE team_credentials (
	num          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	team_id      text NOT NULL REFERENCES teams,
	kind         text NOT NULL CHECK (kind IN ('openpgp', 'tls')),
	fingerprint  text NOT NULL CHECK (kind = 'openpgp' AND fingerprint ~ '^([0-9A-F]{40}|[0-9A-F]{64})$'
	             OR kind = 'tls' AND fingerprint ~ '^[0-9a-f]{64}$'),
	material     text NOT NULL, -- the public key or the certificate
	subject      text NOT NULL,
	valid_from   timestamptz NOT NULL,
	valid_until  timestamptz,
	verified_by  text NOT NULL,
	verified_how text NOT NULL,
	added_at     timestamptz NOT NULL,
	revoked_at   timestamptz,
	CHECK (kind = 'openpgp' OR valid_until IS NOT NULL)
);
CREATE UNIQUE INDEX team_credentials_trusted ON team_credentials (kind, fingerprint) WHERE revoked_at IS NULL;
CREATE INDEX team_credentials_team ON team_credentials (team_id, num);

CREATE TABLE team_api_keys (
	num        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	team_id    text NOT NULL REFERENCES teams,
	name       text NOT NULL CHECK (name <> ''),
	sha256     text NOT NULL UNIQUE CHECK (sha256 ~ '^[0-9a-f]{64}$'), -- the secret itself is stored nowhere
	expires_at timestamptz NOT NULL,
	added_at   timestamptz NOT NULL,
	revoked_at timestamptz
);
CREATE UNIQUE INDEX team_api_keys_name ON team_api_keys (team_id, name) WHERE revoked_at IS NULL;

-- Whoever wants a credential trusted, or no more trusted, is not who confirms
-- it.
CREATE TABLE key_changes (
	num          bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id           text GENERATED ALWAYS AS ('KEY-' || num::text) STORED PRIMARY KEY,
	team_id      text NOT NULL REFERENCES teams,
	kind         text NOT NULL CHECK (kind IN ('openpgp', 'tls')),
	revoke       boolean NOT NULL,
	fingerprint  text NOT NULL CHECK (fingerprint <> ''),
	key          jsonb,
	certificate  jsonb,
	requested_by text NOT NULL CHECK (requested_by <> ''),
	requested_at timestamptz NOT NULL,
	reason       text NOT NULL CHECK (reason <> ''),
	confirmed_by text NOT NULL,
	confirmed_at timestamptz,
	rejected_at  timestamptz,
	CHECK (lower(confirmed_by) <> lower(requested_by)),
	CHECK ((confirmed_by <> '') = (confirmed_at IS NOT NULL)),
	CHECK (confirmed_at IS NULL OR rejected_at IS NULL)
);
CREATE INDEX key_changes_team ON key_changes (team_id, num);
CREATE UNIQUE INDEX key_changes_waiting ON key_changes (team_id, kind, fingerprint)
	WHERE confirmed_at IS NULL AND rejected_at IS NULL;
