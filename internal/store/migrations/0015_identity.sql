-- Passkeys, accounts of an OpenID provider, preferences, and tokens that
-- people make for themselves.

ALTER TABLE accounts
	ADD handle   text, -- by which a passkey knows its holder; tells nothing
	ADD issuer   text, -- of the OpenID provider that vouches; NULL for accounts with a password
	ADD subject  text,
	ADD language text NOT NULL DEFAULT '',
	ADD theme    text NOT NULL DEFAULT '' CHECK (theme IN ('', 'light', 'dark')),
	ADD zone     text NOT NULL DEFAULT '',
	ADD no_keys  boolean NOT NULL DEFAULT false,
	ALTER password_hash DROP NOT NULL;
UPDATE accounts SET handle = gen_random_uuid()::text;
ALTER TABLE accounts
	ALTER handle SET NOT NULL,
	ADD UNIQUE (handle),
	ADD UNIQUE (issuer, subject),
	ADD CHECK ((issuer IS NULL) = (subject IS NULL)),
	ADD CHECK ((password_hash IS NULL) = (subject IS NOT NULL));
CREATE INDEX accounts_role ON accounts (role, num);

CREATE TABLE passkeys (
	num        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id         text GENERATED ALWAYS AS ('KEY-' || num::text) STORED PRIMARY KEY,
	account_id text NOT NULL REFERENCES accounts,
	credential bytea NOT NULL UNIQUE,
	record     jsonb NOT NULL, -- public key and counter, as web/auth/account/passkey writes them
	name       text NOT NULL CHECK (name <> ''),
	created_at timestamptz NOT NULL,
	used_at    timestamptz
);
CREATE INDEX passkeys_account ON passkeys (account_id, num);

-- When its holder last proved to be there, by signing in or by proving again.
ALTER TABLE sessions ADD proved_at timestamptz;
UPDATE sessions SET proved_at = created_at;
ALTER TABLE sessions ALTER proved_at SET NOT NULL;

-- Between two requests of one sign-in: what was asked, for a few minutes.
CREATE TABLE sign_in_steps (
	sha256   text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'), -- the secret itself is stored nowhere
	kind     text NOT NULL CHECK (kind <> ''),
	data     jsonb NOT NULL,
	until_at timestamptz NOT NULL
);
CREATE INDEX sign_in_steps_until ON sign_in_steps (until_at);

ALTER TABLE tokens
	ADD num        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	ADD scope      text NOT NULL DEFAULT 'write' CHECK (scope IN ('read', 'write')),
	ADD account_id text REFERENCES accounts, -- of who made it for themselves
	ADD used_at    timestamptz;
ALTER TABLE tokens ALTER scope DROP DEFAULT;
CREATE INDEX tokens_account ON tokens (account_id, num) WHERE account_id IS NOT NULL;
