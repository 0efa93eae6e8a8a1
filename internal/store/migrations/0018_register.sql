-- The register as people keep it: contacts with a language and a rank, assets
-- with a version, imports that can be looked at before and undone after,
-- permissions with a life, and what was seen beside the register.

ALTER TABLE contacts
	ADD language          text NOT NULL DEFAULT 'en'
	                      CHECK (language IN ('en', 'bn', 'hi', 'ne', 'si', 'ta', 'th', 'my', 'dz')),
	ADD time_zone         text NOT NULL DEFAULT '', -- the organisation's when empty
	ADD smime_certificate text NOT NULL DEFAULT '', -- PEM
	ADD position          smallint NOT NULL DEFAULT 1 CHECK (position IN (1, 2)), -- 2 is told when 1 does not answer
	ADD digest            boolean NOT NULL DEFAULT true, -- wants the weekly mail
	ADD alerts            boolean NOT NULL DEFAULT true, -- wants to be told the same day
	ADD version           integer NOT NULL DEFAULT 1;

ALTER TABLE organizations ADD version integer NOT NULL DEFAULT 1;
CREATE INDEX organizations_sector ON organizations (sector, num);
CREATE INDEX organizations_by_name ON organizations (lower(name), num);

ALTER TABLE assets
	ADD version     integer NOT NULL DEFAULT 1, -- rises with each change by a person
	ADD net         inet GENERATED ALWAYS AS (CASE WHEN kind IN ('ipv4', 'ipv6', 'cidr') THEN address::inet END) STORED,
	ADD tested_at   timestamptz, -- when a scan last looked
	ADD answered_at timestamptz, -- when it last answered one
	ADD open_score  bigint NOT NULL DEFAULT 0; -- orders by open findings: one critical outweighs all high ones
CREATE INDEX assets_net ON assets USING gist (net inet_ops);
CREATE INDEX assets_class ON assets (class, num) WHERE retired_at IS NULL;
CREATE INDEX assets_criticality ON assets (criticality, num) WHERE retired_at IS NULL;
CREATE INDEX assets_by_address ON assets (address, num);
CREATE INDEX assets_by_name ON assets (lower(name), num);
CREATE INDEX assets_by_test ON assets ((coalesce(tested_at, '-infinity')), num) WHERE retired_at IS NULL;
CREATE INDEX assets_consent ON assets (num) WHERE consent = 'none' AND retired_at IS NULL;
UPDATE assets a SET
	tested_at   = (SELECT max(last_scan) FROM address_states s WHERE s.asset_id = a.id),
	answered_at = (SELECT max(last_scan) FROM address_states s WHERE s.asset_id = a.id AND s.up),
	open_score  = (SELECT coalesce(sum(CASE severity WHEN 'critical' THEN 1000000000 WHEN 'high' THEN 1000000 WHEN 'medium' THEN 1000 WHEN 'low' THEN 1 ELSE 0 END), 0)
	               FROM findings f WHERE f.asset_id = a.id AND f.detection <> 'fixed');
CREATE INDEX assets_by_score ON assets (open_score DESC, num DESC) WHERE retired_at IS NULL;

-- Services that are not there any more, or became another product.
CREATE TABLE former_services (
	num        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	asset_id   text NOT NULL REFERENCES assets,
	address    inet NOT NULL,
	port       integer NOT NULL CHECK (port BETWEEN 0 AND 65535),
	transport  text NOT NULL CHECK (transport IN ('tcp', 'udp')),
	name       text NOT NULL,
	product    text NOT NULL,
	version    text NOT NULL,
	tls        boolean NOT NULL,
	first_seen timestamptz NOT NULL,
	last_seen  timestamptz NOT NULL,
	gone_at    timestamptz NOT NULL
);
CREATE INDEX former_services_asset ON former_services (asset_id, gone_at DESC);

-- Who drew a permission up, who handed it in and who put it into force.
ALTER TABLE authorizations
	ADD version      integer NOT NULL DEFAULT 1,
	ADD created_by   text NOT NULL DEFAULT '',
	ADD submitted_by text NOT NULL DEFAULT '',
	ADD submitted_at timestamptz,
	ADD decided_by   text NOT NULL DEFAULT '',
	ADD decided_at   timestamptz,
	ADD checked_at   timestamptz; -- when the DNS was last asked for the proof
CREATE INDEX authorizations_waiting ON authorizations (num) WHERE state = 'submitted';
ALTER TABLE documents ADD media_type text NOT NULL DEFAULT '';

-- A file on its way into the register. Its rows stay until it is dropped or
-- expires; what it made and changed stays for the undoing.
CREATE TABLE imports (
	num        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id         text GENERATED ALWAYS AS ('IMP-' || num::text) STORED PRIMARY KEY,
	org_id     text NOT NULL REFERENCES organizations,
	state      text NOT NULL CHECK (state IN ('draft', 'done', 'undone')),
	name       text NOT NULL, -- of the file
	content    bytea, -- null once it is done
	pasted     boolean NOT NULL,
	sheet      text NOT NULL,
	headers    jsonb NOT NULL,
	sheets     jsonb NOT NULL,
	notes      jsonb NOT NULL,
	counts     jsonb NOT NULL,
	created_by text NOT NULL,
	created_at timestamptz NOT NULL,
	expires_at timestamptz NOT NULL,
	done_by    text NOT NULL DEFAULT '',
	done_at    timestamptz,
	undone_by  text NOT NULL DEFAULT '',
	undone_at  timestamptz
);
CREATE INDEX imports_org ON imports (org_id, num);
CREATE INDEX imports_expiring ON imports (expires_at) WHERE state = 'draft';

CREATE TABLE import_rows (
	import_id text NOT NULL REFERENCES imports ON DELETE CASCADE,
	position  integer NOT NULL,
	org_id    text NOT NULL REFERENCES organizations,
	line      integer NOT NULL,
	class     text NOT NULL CHECK (class IN ('new', 'changed', 'same', 'duplicate', 'error')),
	address   text NOT NULL,
	row       jsonb NOT NULL, -- what it says, what it changes, its mistakes
	asset_id  text, -- that it made or changed
	was       jsonb, -- what it changed, before
	PRIMARY KEY (import_id, position)
);
CREATE INDEX import_rows_class ON import_rows (import_id, class, position);

-- How an organisation's columns were matched to fields, by their headings.
CREATE TABLE import_mappings (
	org_id   text NOT NULL REFERENCES organizations,
	headings text NOT NULL CHECK (headings ~ '^[0-9a-f]{64}$'), -- SHA-256 of the row of headings
	fields   jsonb NOT NULL,
	saved_at timestamptz NOT NULL,
	PRIMARY KEY (org_id, headings)
);

-- A change of many assets, for as long as it can be taken back.
CREATE TABLE asset_undos (
	num        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id         text GENERATED ALWAYS AS ('U-' || num::text) STORED PRIMARY KEY,
	org_id     text REFERENCES organizations, -- of the actor, null for the CERT's people
	actor      text NOT NULL,
	act        text NOT NULL,
	changes    jsonb NOT NULL,
	made_at    timestamptz NOT NULL,
	expires_at timestamptz NOT NULL,
	undone_at  timestamptz
);
CREATE INDEX asset_undos_expiring ON asset_undos (expires_at);

-- Names and addresses that were seen on an organisation's assets and are
-- nobody's in the register. Nothing here is ever scanned.
CREATE TABLE discoveries (
	num        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id         text GENERATED ALWAYS AS ('D-' || num::text) STORED PRIMARY KEY,
	org_id     text NOT NULL REFERENCES organizations,
	address    text NOT NULL CHECK (address <> ''),
	kind       text NOT NULL CHECK (kind IN ('ipv4', 'ipv6', 'hostname')),
	how        text NOT NULL CHECK (how IN ('certificate', 'redirect')),
	seen_on    text NOT NULL REFERENCES assets,
	quote      text NOT NULL,
	first_seen timestamptz NOT NULL,
	last_seen  timestamptz NOT NULL,
	state      text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'claimed', 'rejected')),
	decided_by text NOT NULL DEFAULT '',
	decided_at timestamptz,
	reason     text NOT NULL DEFAULT '',
	asset_id   text REFERENCES assets, -- that the claim made
	UNIQUE (org_id, address)
);
CREATE INDEX discoveries_open ON discoveries (org_id, num) WHERE state = 'open';
CREATE INDEX discoveries_state ON discoveries (state, num);
