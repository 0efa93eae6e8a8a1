-- The register: who operates what, who allowed which scan, and who did what.
-- Ids are text with a prefix, made from the number by the database; lists are
-- paged by the number.

CREATE TABLE organizations (
	num         bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id          text GENERATED ALWAYS AS ('ORG-' || num::text) STORED PRIMARY KEY,
	name        text NOT NULL CHECK (name <> ''),
	sector      text NOT NULL CHECK (sector IN ('energy', 'banking', 'telecom', 'transport', 'health',
	            'government', 'water', 'defence', 'industry', 'other')),
	country     text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
	criticality text NOT NULL CHECK (criticality IN ('low', 'medium', 'high', 'critical')),
	time_zone   text NOT NULL,
	created_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX organizations_name ON organizations (country, lower(name));

CREATE TABLE contacts (
	num         bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id          text GENERATED ALWAYS AS ('C-' || num::text) STORED PRIMARY KEY,
	org_id      text NOT NULL REFERENCES organizations,
	role        text NOT NULL CHECK (role IN ('technical', 'distribution', 'emergency', 'management')),
	name        text NOT NULL,
	email       text NOT NULL,
	phone       text NOT NULL,
	openpgp_key text NOT NULL
);
CREATE INDEX contacts_org ON contacts (org_id, num);

CREATE TABLE assets (
	num         bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id          text GENERATED ALWAYS AS ('A-' || num::text) STORED PRIMARY KEY,
	org_id      text NOT NULL REFERENCES organizations,
	kind        text NOT NULL CHECK (kind IN ('ipv4', 'ipv6', 'cidr', 'hostname', 'url')),
	address     text NOT NULL, -- canonical
	name        text NOT NULL,
	site        text NOT NULL,
	criticality text NOT NULL CHECK (criticality IN ('low', 'medium', 'high', 'critical')),
	class       text NOT NULL CHECK (class IN ('it', 'ot')),
	tags        jsonb NOT NULL,
	created_at  timestamptz NOT NULL,
	retired_at  timestamptz
);
-- One address is one asset, as long as it is in use.
CREATE UNIQUE INDEX assets_address ON assets (address) WHERE retired_at IS NULL;
CREATE INDEX assets_org ON assets (org_id, num);
CREATE INDEX assets_tags ON assets USING gin (tags jsonb_path_ops);

CREATE TABLE asset_owners (
	asset_id text NOT NULL REFERENCES assets,
	org_id   text NOT NULL REFERENCES organizations,
	from_at  timestamptz NOT NULL,
	until_at timestamptz,
	reason   text NOT NULL
);
CREATE INDEX asset_owners_asset ON asset_owners (asset_id, from_at);
CREATE UNIQUE INDEX asset_owners_present ON asset_owners (asset_id) WHERE until_at IS NULL;

CREATE TABLE documents (
	sha256     text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
	content    bytea NOT NULL,
	created_at timestamptz NOT NULL
);

CREATE TABLE authorizations (
	num             bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id              text GENERATED ALWAYS AS ('AUTH-' || num::text) STORED PRIMARY KEY,
	org_id          text NOT NULL REFERENCES organizations,
	prefixes        jsonb NOT NULL,
	names           jsonb NOT NULL,
	method          text NOT NULL CHECK (method IN ('letter', 'dns', 'mandate')),
	state           text NOT NULL CHECK (state IN ('draft', 'submitted', 'active', 'suspended', 'expired', 'revoked')),
	level           smallint NOT NULL CHECK (level BETWEEN 0 AND 4),
	ot_level        smallint NOT NULL CHECK (ot_level BETWEEN 0 AND 4),
	valid_from      timestamptz NOT NULL,
	valid_until     timestamptz NOT NULL CHECK (valid_until > valid_from),
	windows         jsonb NOT NULL,
	time_zone       text NOT NULL,
	signed_by       text NOT NULL,
	reference       text NOT NULL,
	document_name   text NOT NULL,
	document_sha256 text REFERENCES documents,
	document_size   bigint NOT NULL,
	created_at      timestamptz NOT NULL,
	reason          text NOT NULL
);
CREATE INDEX authorizations_org ON authorizations (org_id, num);

CREATE TABLE exclusions (
	num        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id         text GENERATED ALWAYS AS ('X-' || num::text) STORED PRIMARY KEY,
	prefix     cidr,
	name       text,
	reason     text NOT NULL CHECK (reason <> ''),
	until_at   timestamptz NOT NULL,
	created_by text NOT NULL,
	created_at timestamptz NOT NULL,
	CHECK ((prefix IS NULL) <> (name IS NULL))
);

CREATE TABLE tokens (
	sha256     bytea PRIMARY KEY, -- the secret itself is stored nowhere
	user_name  text NOT NULL CHECK (user_name <> ''),
	name       text NOT NULL CHECK (name <> ''),
	role       text NOT NULL CHECK (role <> ''),
	created_at timestamptz NOT NULL,
	expires_at timestamptz NOT NULL,
	revoked_at timestamptz
);
CREATE UNIQUE INDEX tokens_name ON tokens (user_name, name) WHERE revoked_at IS NULL;

-- The log is hash-chained (package audit says how); audit_head names its last
-- record, so that records cut off its end are missed too. The head's row lock
-- is what gives records their order.
CREATE TABLE audit_log (
	seq    bigint PRIMARY KEY,
	at     timestamptz NOT NULL,
	actor  text NOT NULL,
	act    text NOT NULL,
	object text NOT NULL,
	detail json, -- json, not jsonb: its bytes are hashed and must stay as they are
	prev   text NOT NULL,
	hash   text NOT NULL
);
CREATE INDEX audit_log_object ON audit_log (object, seq);

CREATE TABLE audit_head (
	only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
	seq      bigint NOT NULL,
	hash     text NOT NULL
);
INSERT INTO audit_head (seq, hash) VALUES (0, '');

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
