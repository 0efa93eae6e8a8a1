-- Peers, with what passed between us and them in three years.
INSERT INTO teams (name, country, state, rfc2350, memberships, contacts, namespaces, misp_org, stix_identity, time_zone, languages, profile, created_at)
SELECT 'CERT Neighbour ' || n, (ARRAY['IN', 'BD', 'NP', 'TH', 'MM', 'BT'])[1 + n % 6], CASE WHEN n % 10 = 9 THEN 'example' ELSE 'confirmed' END, '', '["FIRST"]',
	jsonb_build_array(jsonb_build_object('name', '', 'role', 'poc_24x7', 'email', 'poc@neighbour-' || n || '.example', 'phone', '')),
	jsonb_build_array('https://neighbour-' || n || '.example'), '', '', 'Asia/Kolkata', '[]',
	'{"site": "", "sector": "", "address": "", "evidence": "", "hostname": "", "organization": "coarsen"}', pg_temp.ago(1200)
FROM generate_series(1, greatest(3, {orgs} / 30)) n ORDER BY n;
CREATE TEMP TABLE peer AS SELECT num, id, count(*) OVER () AS many FROM teams;
ANALYZE peer;

INSERT INTO team_credentials (team_id, kind, fingerprint, material, subject, valid_from, valid_until, verified_by, verified_how, added_at)
SELECT id, 'tls', encode(sha256(id::bytea), 'hex'), '', 'CN=' || id, pg_temp.ago(900), pg_temp.ago(-200 - num), 'staff.1', 'by telephone', pg_temp.ago(900) FROM peer ORDER BY num;
INSERT INTO key_changes (team_id, kind, revoke, fingerprint, requested_by, requested_at, reason, confirmed_by, confirmed_at)
SELECT id, 'tls', false, encode(sha256((id || k)::bytea), 'hex'), 'staff.1', pg_temp.ago(900 - k), 'a new one every year',
	CASE WHEN k > 0 THEN 'staff.2' ELSE '' END, CASE WHEN k > 0 THEN pg_temp.ago(899 - k) END
FROM peer, generate_series(0, 3) k WHERE k > 0 OR num % 10 = 0 ORDER BY k, num;

INSERT INTO agreements (team_id, reference, title, ours, theirs, state, signed_at, effective_at, expires_at, auto_renew, notice_days, document_name,
	document_sha256, reciprocity, give, take, committee, meetings, themes, ended_by, ended_why, created_at)
SELECT id, 'MoU ' || num || '/' || k, '', '{"cert": "CERT Example", "authority": "Ministry", "constraints": [], "legal_basis": ""}',
	'{"cert": "Neighbour", "authority": "Agency", "constraints": [], "legal_basis": ""}', (ARRAY['active', 'expired', 'draft'])[1 + k],
	pg_temp.ago(1100), pg_temp.ago(1100), CASE k WHEN 1 THEN pg_temp.ago(200) ELSE pg_temp.ago(-50 - num * 10) END, false, 90, 'mou.pdf',
	encode(sha256('%PDF-1.7 letter'), 'hex'), '', t.terms, t.terms, '[]', '[]', '["cii_protection"]', '', '', pg_temp.ago(1150)
FROM peer, generate_series(0, 2) k, (VALUES ('{"iep": {}, "onward": "none", "ceiling": "amber", "sectors": [], "victims": "never", "channels": ["csaf", "mail"],
	"ack_hours": 24, "categories": ["vulnerability", "exposure"], "auto_accept": false, "default_tlp": "amber", "referral_ok": false, "retain_days": 0, "answer_hours": 72}'::jsonb)) t (terms)
ORDER BY k, num;

-- An advisory for 500 findings, of which five assets have the weakness.
INSERT INTO advisories (revision, state, check_id, author, approver, created_at, updated_at, document)
SELECT 1, s.state, 'crowd-check-' || 1 + n % 400, 'staff.2', CASE WHEN s.state IN ('draft', 'in_review') THEN '' ELSE 'staff.3' END, t.at, t.at,
	jsonb_build_object('id', 'ADV-' || n, 'revision', 1, 'state', s.state, 'category', 'vulnerability', 'tlp', pg_temp.pick(n, 90, ARRAY['clear', 'green', 'green', 'amber']),
		'check', 'crowd-check-' || 1 + n % 400, 'title', 'Portal software is attacked (' || n || ')', 'summary', repeat('Strangers can run programs on the portal. ', 8),
		'impact', repeat('Customer data can be read. ', 8), 'fix', 'Install the newest version.', 'severity', pg_temp.pick(n, 91, ARRAY['critical', 'high', 'high', 'medium']),
		'cves', jsonb_build_array('CVE-' || 2006 + n % 20 || '-' || 1000 + n), 'products', '[{"vendor": "Portal", "name": "Portal", "version": "1.2"}]'::jsonb,
		'reach', '{"assets": 5, "organizations": 5, "sectors": ["energy"]}'::jsonb, 'affected', f.affected, 'author', 'staff.2',
		'approver', CASE WHEN s.state IN ('draft', 'in_review') THEN '' ELSE 'staff.3' END, 'created_at', t.at, 'updated_at', t.at,
		'history', jsonb_build_array(jsonb_build_object('at', t.at, 'by', 'staff.2', 'summary', 'First version.', 'released', s.state = 'released', 'revision', 1)))
FROM generate_series(1, {findings} / 500) n,
	LATERAL (SELECT pg_temp.ago(1095.0 * (1 - n::float / ({findings} / 500 + 1)))) t (at),
	LATERAL (SELECT CASE WHEN n % 10 = 0 THEN pg_temp.pick(n, 92, ARRAY['draft', 'in_review', 'approved', 'withdrawn']) ELSE 'released' END) s (state),
	LATERAL (SELECT jsonb_agg(jsonb_build_object('asset', p.id, 'org', p.org_id, 'org_name', p.org_id, 'sector', 'energy', 'country', 'LK', 'address', host(p.address), 'port', '443/tcp'))
		FROM place p WHERE p.num BETWEEN 1 + n % {assets} AND 5 + n % {assets}) f (affected)
ORDER BY n;
-- Those that are out are with our own operators, too.
INSERT INTO bulletins (id, version, tlp, checks, document, published_at)
SELECT id, 1, d->>'tlp', ARRAY[check_id], d - 'state' - 'affected' - 'history' || jsonb_build_object('version', 1, 'checks', jsonb_build_array(check_id), 'at', created_at,
	'texts', jsonb_build_array(jsonb_build_object('language', 'en', 'title', d->>'title', 'summary', d->>'summary', 'impact', d->>'impact', 'fix', d->>'fix'))), created_at
FROM advisories, LATERAL (SELECT document) t (d) WHERE state = 'released' ORDER BY num;
INSERT INTO advisory_revisions (advisory_id, revision, state, at, document) SELECT id, 1, state, updated_at, document FROM advisories ORDER BY num;
INSERT INTO advisory_findings (advisory_id, finding_id, added_by, added_at)
SELECT a.id, 'F-' || a.num * 5 + k, 'staff.2', a.created_at FROM advisories a, generate_series(1, 5) k WHERE a.num % 2 = 0;

-- Each goes to five peers.
INSERT INTO releases (advisory_id, revision, team_id, agreement_id, state, category, tlp, iep, profile, referral, clause, channels, reason, requested_by, requested_at,
	approved_by, legal_by, released_at, withdrawal, refused_why, title, summary)
SELECT a.id, 1, p.id, 'AGR-' || p.num, s.state, 'vulnerability', a.document->>'tlp', '{}', '{"organization": "coarsen"}', false, '', '["csaf"]', 'It is attacked.', 'staff.2',
	a.created_at, CASE s.state WHEN 'released' THEN 'staff.3' ELSE '' END, '', CASE s.state WHEN 'released' THEN a.created_at + k * interval '1 hour' + a.num * interval '1 microsecond' END,
	false, CASE s.state WHEN 'refused' THEN 'They have it.' ELSE '' END, a.document->>'title', a.document->>'summary'
FROM advisories a CROSS JOIN generate_series(1, 5) k JOIN peer p ON p.num = 1 + (a.num * 7 + k) % p.many,
	LATERAL (SELECT CASE WHEN a.num > {findings} / 500 * 95 / 100 THEN 'requested' WHEN pg_temp.u(a.num, 93 + k) < 0.05 THEN 'refused' ELSE 'released' END) s (state)
WHERE a.state = 'released' AND k <= p.many ORDER BY a.num, k;
INSERT INTO release_files (release_id, format, name, media_type, bytes, sha256, sha512, signature)
SELECT r.id, 'csaf', lower(r.id) || '.json', 'application/json', b.bytes, encode(sha256(b.bytes), 'hex'), encode(sha512(b.bytes), 'hex'), ''
FROM releases r, LATERAL (SELECT convert_to('{"document": {"title": "' || r.title || '"}}', 'UTF8')) b (bytes) WHERE r.state = 'released' ORDER BY r.num;
INSERT INTO deliveries (release_id, team_id, channel, state, attempts, next_at, delivered_at, ack_by, ack_at)
SELECT id, team_id, 'csaf', CASE WHEN num % 5 = 0 THEN 'available' ELSE 'confirmed' END, 1, released_at, released_at + interval '1 hour',
	released_at + interval '1 day', CASE WHEN num % 50 <> 0 THEN released_at + interval '9 hours' END
FROM releases WHERE state = 'released' ORDER BY num;
INSERT INTO receipts (release_id, team_id, channel, kind, at, credential, path, detail)
SELECT r.id, r.team_id, 'csaf', k.kind, r.released_at + k.n * interval '3 hours', '', '/csaf/' || r.id, ''
FROM releases r, (VALUES (1, 'fetched'), (2, 'valid'), (3, 'accepted')) k (n, kind) WHERE r.state = 'released' ORDER BY r.num, k.n;
INSERT INTO feedback (team_id, advisory_id, release_id, at, state, counts, usefulness, comment)
SELECT team_id, advisory_id, id, released_at + interval '5 days', 'accepted', '{"affected": 3, "fixed": 1}', 4, 'Thank you.'
FROM releases WHERE state = 'released' AND num % 3 = 0 ORDER BY num;

-- What came: a document for 100 findings.
INSERT INTO documents (sha256, content, created_at, media_type)
SELECT encode(sha256(t), 'hex'), t, pg_temp.ago(1000), 'application/json' FROM generate_series(1, {findings} / 100) n, LATERAL (SELECT convert_to('{"document": ' || n || '}', 'UTF8')) b (t);
INSERT INTO inbounds (team_id, channel, received_at, name, media_type, sha256, size, signature, signed_by, problems, state, reason, decided_by, decided_at, agreement_id,
	namespace, tracking_id, version, document, matched_at)
SELECT p.id, pg_temp.pick(n, 100, ARRAY['csaf', 'csaf', 'taxii', 'misp', 'mail']), t.at, 'n-' || n || '.json', 'application/json',
	encode(sha256(convert_to('{"document": ' || n || '}', 'UTF8')), 'hex'), 900, CASE WHEN n % 50 = 0 THEN 'none' ELSE 'good' END, 'AB', '[]', s.state, 'in order',
	CASE s.state WHEN 'quarantined' THEN '' ELSE 'rule' END, CASE s.state WHEN 'quarantined' THEN NULL ELSE t.at + interval '1 hour' END, 'AGR-' || p.num,
	'https://neighbour-' || p.num || '.example', 'N-' || n, '1', jsonb_build_object('format', 'csaf', 'title', 'Attacks on portals (' || n || ')', 'summary', repeat('Portals are attacked. ', 40),
		'tlp', pg_temp.pick(n, 101, ARRAY['green', 'amber']), 'cves', jsonb_build_array('CVE-' || 2006 + n % 20 || '-' || 1000 + n), 'category', 'vulnerability', 'severity',
		pg_temp.pick(n, 102, ARRAY['high', 'medium']), 'labelled', true, 'namespace', 'https://neighbour-' || p.num || '.example', 'tracking_id', 'N-' || n, 'version', '1',
		'released', t.at, 'products', '[{"vendor": "Portal", "name": "Portal", "version": "1.2"}]'::jsonb),
	CASE s.state WHEN 'accepted' THEN t.at + interval '2 hours' END
FROM generate_series(1, {findings} / 100) n JOIN peer p ON p.num = 1 + n % p.many,
	LATERAL (SELECT pg_temp.ago(1095.0 * (1 - n::float / ({findings} / 100 + 1)))) t (at),
	LATERAL (SELECT CASE WHEN n > {findings} / 100 * 98 / 100 AND n % 3 = 0 THEN 'quarantined' ELSE pg_temp.pick(n, 103, ARRAY['accepted', 'accepted', 'accepted', 'rejected', 'noted']) END) s (state)
ORDER BY n;
INSERT INTO matches (inbound_id, org_id, asset_id, service, how, checks, verdict, why, evidence_id, scan_id, matched_at, decided_at, fixed_at, told_at)
SELECT i.id, p.org_id, p.id, '443/tcp', 'product', '[]', pg_temp.pick(i.num, 110 + k, ARRAY['affected', 'affected', 'fixed', 'not_present', 'unknown']), '', '', '', i.matched_at,
	i.matched_at + interval '1 day', NULL, i.matched_at + interval '2 days'
FROM inbounds i CROSS JOIN generate_series(1, 5) k JOIN place p ON p.num = 1 + (i.num * 37 + k) % {assets} WHERE i.state = 'accepted' ORDER BY i.num, k;
INSERT INTO answers (inbound_id, team_id, at, author, state, counts, few, sectors, usefulness, comment, channel, sent_at)
SELECT id, team_id, matched_at + interval '3 days', 'staff.2', 'accepted', '{"affected": 2, "fixed": 1}', '[]', '[]', 4, '', 'csaf', matched_at + interval '3 days'
FROM inbounds WHERE state = 'accepted' AND num % 2 = 0 ORDER BY num;
