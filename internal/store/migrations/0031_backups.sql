-- Copies of the database that were made, wherever they are kept now. Each was
-- read to its end before it was written down here.
CREATE TABLE backups (
	num            bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	id             text GENERATED ALWAYS AS ('BAK-' || num::text) STORED PRIMARY KEY,
	at             timestamptz NOT NULL, -- of which it is a copy
	host           text NOT NULL CHECK (host <> ''),
	file           text NOT NULL CHECK (file <> ''),
	bytes          bigint NOT NULL CHECK (bytes > 0),
	sha256         text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
	schema_version integer NOT NULL,
	made_by        text NOT NULL CHECK (made_by <> '')
);
CREATE INDEX backups_at ON backups (at);

-- What a worker scans with, and whether it may craft packets.
ALTER TABLE workers
	ADD engines text NOT NULL DEFAULT '',
	ADD raw     boolean;
