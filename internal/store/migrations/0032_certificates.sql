-- What services prove their identity with, once each, and where each was seen.

CREATE TABLE certificates (
	sha256      text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
	subject     text NOT NULL,
	issuer      text NOT NULL,
	names       jsonb NOT NULL,
	not_before  timestamptz NOT NULL,
	not_after   timestamptz NOT NULL,
	key_type    text NOT NULL,
	key_bits    integer NOT NULL,
	self_signed boolean NOT NULL
);
CREATE INDEX certificates_fingerprint ON certificates (sha256 text_pattern_ops);
CREATE INDEX certificates_words ON certificates USING gin (lower(subject || ' ' || issuer || ' ' || names::text) gin_trgm_ops);

CREATE TABLE certificate_sightings (
	num        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	asset_id   text NOT NULL REFERENCES assets,
	address    inet NOT NULL,
	port       integer NOT NULL CHECK (port BETWEEN 0 AND 65535),
	transport  text NOT NULL CHECK (transport IN ('tcp', 'udp')),
	sha256     text NOT NULL REFERENCES certificates,
	not_after  timestamptz NOT NULL, -- the certificate's, for the order of lists
	first_seen timestamptz NOT NULL,
	last_seen  timestamptz NOT NULL,
	gone_at    timestamptz,
	UNIQUE (asset_id, address, port, transport, sha256)
);
CREATE INDEX certificate_sightings_of ON certificate_sightings (sha256);
CREATE INDEX certificate_sightings_end ON certificate_sightings (not_after, num) WHERE gone_at IS NULL;

ALTER TABLE certificate_sightings ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_asset ON certificate_sightings TO ciiscan_operator
	USING (asset_id IN (SELECT a.id FROM assets a));
ALTER TABLE certificates ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_sighting ON certificates TO ciiscan_operator
	USING (sha256 IN (SELECT s.sha256 FROM certificate_sightings s));
GRANT SELECT ON certificates, certificate_sightings TO ciiscan_operator;
GRANT UPDATE (gone_at) ON certificate_sightings TO ciiscan_operator; -- when an asset is retired
