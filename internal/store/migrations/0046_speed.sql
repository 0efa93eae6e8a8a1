-- A year of the ledger reads what came in it.
CREATE INDEX inbounds_received ON inbounds (received_at);

-- What came of a release is told without a look at its receipts themselves.
DROP INDEX receipts_release;
CREATE INDEX receipts_release ON receipts (release_id, num) INCLUDE (kind, at);

-- An organisation's certificates are found from its assets, few or many, and
-- whether one of them is its own by where that was seen.
CREATE INDEX certificate_sightings_shown ON certificate_sightings (asset_id) WHERE gone_at IS NULL;
DROP POLICY of_sighting ON certificates;
CREATE POLICY of_sighting ON certificates TO ciiscan_operator
	USING (EXISTS (SELECT 1 FROM certificate_sightings s WHERE s.sha256 = certificates.sha256));
