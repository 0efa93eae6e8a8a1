-- Each service with TLS has had six certificates, one after the other.
CREATE TEMP TABLE shown AS
SELECT v.asset_id, v.address, v.port, p.num * 100 + v.port % 100 AS n, k, encode(sha256((v.asset_id || ':' || v.port || ':' || k)::bytea), 'hex') AS sha256,
	'portal-' || p.num || '.org.example' AS name, pg_temp.ago(365 * k - 340 * pg_temp.u(p.num, 120)) AS until
FROM services v JOIN place p ON p.id = v.asset_id, generate_series(0, 5) k WHERE v.tls;
INSERT INTO certificates (sha256, subject, issuer, names, not_before, not_after, key_type, key_bits, self_signed)
SELECT sha256, 'CN=' || name, CASE WHEN n % 9 = 0 THEN 'CN=' || name ELSE 'CN=Example Root ' || n % 20 END, jsonb_build_array(name, 'www.' || name), until - interval '1 year', until, 'RSA', 2048, n % 9 = 0 FROM shown;
INSERT INTO certificate_sightings (asset_id, address, port, transport, sha256, not_after, first_seen, last_seen, gone_at)
SELECT asset_id, address, port, 'tcp', sha256, until, until - interval '1 year', least(until, pg_temp.ago(1)), CASE WHEN k > 0 THEN least(until, pg_temp.ago(1)) END FROM shown ORDER BY until, n;

-- An act for each finding, in three years. The records name the one before, as
-- they do; nobody asks a crowd to prove that none was changed.
INSERT INTO audit_log (seq, at, actor, act, object, detail, prev, hash)
SELECT n, pg_temp.ago(1095.0 * (1 - n::float / ({findings} + 1))), CASE WHEN n % 4 = 0 THEN 'staff.' || 1 + n % 40 ELSE 'op.' || 1 + n % {orgs} || '.1' END,
	pg_temp.pick(n, 130, ARRAY['session.open', 'session.open', 'finding.work', 'finding.waive', 'report.open', 'export.findings', 'asset.create', 'scan.start']),
	CASE n % 3 WHEN 0 THEN 'F-' || 1 + n % {findings} WHEN 1 THEN 'A-' || 1 + n % {assets} ELSE 'ORG-' || 1 + n % {orgs} END,
	CASE WHEN n % 2 = 0 THEN '{"reason":"told by telephone","count":1}'::json END, CASE WHEN n > 1 THEN encode(sha256((n - 1)::text::bytea), 'hex') ELSE '' END, encode(sha256(n::text::bytea), 'hex')
FROM generate_series(1, {findings}) n;
UPDATE audit_head SET seq = {findings}, hash = encode(sha256({findings}::text::bytea), 'hex');
