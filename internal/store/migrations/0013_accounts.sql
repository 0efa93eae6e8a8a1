-- Local accounts and how they sign in (web/auth/account says the rules).

CREATE TABLE accounts (
	num           bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id            text GENERATED ALWAYS AS ('ACC-' || num::text) STORED PRIMARY KEY,
	name          text NOT NULL UNIQUE CHECK (name <> '' AND name = lower(name)),
	role          text NOT NULL CHECK (role IN ('administrator', 'analyst', 'approver', 'legal_officer', 'auditor', 'operator_admin', 'operator')),
	org_id        text REFERENCES organizations,
	password_hash text NOT NULL CHECK (password_hash ~ '^\$argon2id\$'),
	created_at    timestamptz NOT NULL,
	disabled_at   timestamptz,
	CHECK ((role IN ('operator_admin', 'operator')) = (org_id IS NOT NULL))
);
CREATE INDEX accounts_org ON accounts (org_id, num);

CREATE TABLE account_totp (
	account_id  text PRIMARY KEY REFERENCES accounts,
	secret      text NOT NULL CHECK (secret <> ''),
	last_step   bigint NOT NULL, -- no code of it or of a step before is taken
	enrolled_at timestamptz NOT NULL
);

CREATE TABLE recovery_codes (
	account_id text NOT NULL REFERENCES accounts,
	sha256     text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
	used_at    timestamptz,
	PRIMARY KEY (account_id, sha256)
);

-- Sessions that ended stay: from where somebody signed in before, strangers'
-- failures do not count.
CREATE TABLE sessions (
	num        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id         text GENERATED ALWAYS AS ('SES-' || num::text) STORED PRIMARY KEY,
	sha256     text NOT NULL UNIQUE CHECK (sha256 ~ '^[0-9a-f]{64}$'), -- the secret itself is stored nowhere
	account_id text NOT NULL REFERENCES accounts,
	role       text NOT NULL CHECK (role <> ''),
	org_id     text REFERENCES organizations,
	created_at timestamptz NOT NULL,
	seen_at    timestamptz NOT NULL,
	until_at   timestamptz NOT NULL CHECK (until_at > created_at),
	revoked_at timestamptz,
	source     inet,
	network    cidr,
	agent      text NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id, num);
CREATE INDEX sessions_network ON sessions (account_id, network, created_at);

CREATE TABLE invitations (
	num         bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id          text GENERATED ALWAYS AS ('INV-' || num::text) STORED PRIMARY KEY,
	sha256      text NOT NULL UNIQUE CHECK (sha256 ~ '^[0-9a-f]{64}$'), -- the secret itself is stored nowhere
	first       boolean NOT NULL, -- of the first administrator
	role        text NOT NULL CHECK (role <> ''),
	org_id      text REFERENCES organizations,
	invited_by  text NOT NULL CHECK (invited_by <> ''),
	created_at  timestamptz NOT NULL,
	until_at    timestamptz NOT NULL CHECK (until_at > created_at),
	accepted_at timestamptz,
	revoked_at  timestamptz,
	account_id  text REFERENCES accounts,
	CHECK ((accepted_at IS NULL) = (account_id IS NULL)),
	CHECK (NOT first OR role = 'administrator')
);
-- Of the links for the first administrator one works, the last.
CREATE UNIQUE INDEX invitations_first ON invitations (first) WHERE first AND accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitations_by ON invitations (invited_by) WHERE accepted_at IS NULL AND revoked_at IS NULL;

-- What the throttle of sign-ins counts, by network and by the hash of a name:
-- names that nobody has are counted like others.
CREATE TABLE sign_in_failures (
	key     text PRIMARY KEY,
	count   integer NOT NULL,
	last_at timestamptz NOT NULL
);
CREATE INDEX sign_in_failures_last ON sign_in_failures (last_at);
