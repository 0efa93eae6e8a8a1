-- A year of the ledger reads what came in it.
CREATE INDEX inbounds_received ON inbounds (received_at);

-- What came of a release is told without a look at its receipts themselves.
DROP INDEX receipts_release;
CREATE INDEX receipts_release ON receipts (release_id, num) INCLUDE (kind, at);
