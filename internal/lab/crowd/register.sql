INSERT INTO organizations (name, sector, country, criticality, time_zone, created_at)
SELECT pg_temp.pick(n, 1, ARRAY['Island', 'Capital', 'Coast', 'Northern', 'Hill', 'River', 'National', 'Harbour', 'Central', 'Delta'])
	|| ' ' || (ARRAY['Power', 'Bank', 'Telecom', 'Railway', 'Hospital', 'Ministry', 'Water Board', 'Works', 'Mills', 'Services'])[1 + n % 10]
	|| ' ' || lpad(n::text, 4, '0'),
	(ARRAY['energy', 'banking', 'telecom', 'transport', 'health', 'government', 'water', 'defence', 'industry', 'other'])[1 + n % 10],
	'LK', pg_temp.pick(n, 2, ARRAY['low', 'medium', 'medium', 'high', 'critical']), 'Asia/Colombo', pg_temp.ago(900)
FROM generate_series(1, {orgs}) n ORDER BY n;

INSERT INTO contacts (org_id, role, name, email, phone, openpgp_key, language, position)
SELECT 'ORG-' || n, r.role, 'Desk ' || n, r.role || '@org-' || n || '.example', '+94 11 555 ' || lpad((n % 10000)::text, 4, '0'), '',
	pg_temp.pick(n, 3, ARRAY['en', 'en', 'si', 'ta']), 1
FROM generate_series(1, {orgs}) n, unnest(ARRAY['technical', 'distribution', 'emergency', 'management']) WITH ORDINALITY r (role, at) ORDER BY n, r.at;

INSERT INTO contact_mail (contact_id, org_id, problem, problem_at, verified_at, verified_address)
SELECT id, org_id, CASE WHEN num % 40 = 0 THEN 'bounced' ELSE '' END, CASE WHEN num % 40 = 0 THEN pg_temp.ago(2) END, pg_temp.ago(400), email FROM contacts;

-- The CERT's people, and three of every organisation.
INSERT INTO accounts (name, role, password_hash, created_at, handle)
SELECT 'staff.' || n, (ARRAY['administrator', 'analyst', 'approver', 'legal_officer', 'auditor'])[1 + n % 5], '$argon2id$crowd', pg_temp.ago(800), md5('staff' || n)
FROM generate_series(1, 40) n ORDER BY n;
INSERT INTO accounts (name, role, org_id, password_hash, created_at, handle)
SELECT 'op.' || n || '.' || k, CASE k WHEN 1 THEN 'operator_admin' ELSE 'operator' END, 'ORG-' || n, '$argon2id$crowd', pg_temp.ago(700), md5('op' || n || '.' || k)
FROM generate_series(1, {orgs}) n, generate_series(1, 3) k ORDER BY n, k;

INSERT INTO assets (org_id, kind, address, name, site, criticality, class, tags, created_at, retired_at)
SELECT 'ORG-' || CASE WHEN n <= {orgs} THEN n ELSE pg_temp.skewed(n, 10, {orgs}) END, k.kind,
	CASE k.kind WHEN 'ipv4' THEN host('10.0.0.0'::inet + n) WHEN 'hostname' THEN 'host-' || n || '.org.example' ELSE host('10.128.0.0'::inet + n * 16) || '/28' END,
	pg_temp.pick(n, 11, ARRAY['Customer portal', 'Mail gateway', 'Jump host', 'Substation gateway', 'Billing', 'Pump control', 'Web server', 'Name server', 'VPN'])
		|| ' ' || n, pg_temp.pick(n, 12, ARRAY['Colombo', 'Kandy', 'Galle', 'Jaffna', '']),
	pg_temp.pick(n, 13, ARRAY['low', 'medium', 'medium', 'high', 'critical']), pg_temp.pick(n, 14, ARRAY['it', 'it', 'it', 'it', 'ot']),
	jsonb_build_array(pg_temp.pick(n, 15, ARRAY['dmz', 'web', 'scada', 'branch', 'cloud', 'legacy'])), pg_temp.ago(800 * pg_temp.u(n, 16)),
	CASE WHEN n > {orgs} AND pg_temp.u(n, 17) < 0.03 THEN pg_temp.ago(30 * pg_temp.u(n, 18)) END
FROM generate_series(1, {assets}) n, LATERAL (SELECT CASE WHEN n % 20 = 7 THEN 'cidr' WHEN n % 20 IN (3, 11, 19) THEN 'hostname' ELSE 'ipv4' END) k (kind) ORDER BY n;

INSERT INTO asset_owners (asset_id, org_id, from_at, reason) SELECT id, org_id, created_at, 'registered' FROM assets;

INSERT INTO documents (sha256, content, created_at, media_type)
SELECT encode(sha256(t), 'hex'), t, pg_temp.ago(400), 'application/pdf' FROM (VALUES ('%PDF-1.7 letter'::bytea)) v (t);

INSERT INTO authorizations (org_id, prefixes, names, method, state, level, ot_level, valid_from, valid_until, windows, time_zone, signed_by,
	reference, document_name, document_sha256, document_size, created_at, reason, created_by, submitted_by, submitted_at, decided_by, decided_at)
SELECT 'ORG-' || 1 + n % {orgs}, '["10.0.0.0/8"]', '["org.example"]', 'letter',
	CASE WHEN n < {orgs} THEN 'active' ELSE pg_temp.pick(n, 20, ARRAY['submitted', 'expired', 'expired', 'revoked']) END, 3, 2,
	pg_temp.ago(300), pg_temp.ago(-20 - 300 * pg_temp.u(n, 21)), '[]', 'Asia/Colombo', 'N. Perera', 'L/' || n, 'letter.pdf',
	encode(sha256('%PDF-1.7 letter'), 'hex'), 15, pg_temp.ago(310), '', 'staff.1', 'staff.1', pg_temp.ago(305), 'staff.5', pg_temp.ago(304)
FROM generate_series(0, {orgs} * 13 / 10) n ORDER BY n;
INSERT INTO authorizations (org_id, prefixes, names, method, state, level, ot_level, valid_from, valid_until, windows, time_zone, signed_by,
	reference, document_name, document_sha256, document_size, created_at, reason, created_by)
SELECT org_id, prefixes, names, method, 'draft', level, ot_level, valid_from, valid_until, windows, time_zone, signed_by,
	reference, document_name, document_sha256, document_size, created_at, '', created_by FROM authorizations WHERE org_id = 'ORG-1' ORDER BY num LIMIT 1;

INSERT INTO schedules (org_id, cron, profile, jitter_seconds, misfire, paused, next_at, created_at)
SELECT 'ORG-' || n, '0 2 * * ' || n % 7, 'standard', 0, 'once', false, pg_temp.ago(-7 * pg_temp.u(n, 22)), pg_temp.ago(300)
FROM generate_series(1, {orgs}) n ORDER BY n;

INSERT INTO exclusions (prefix, reason, until_at, created_by, created_at)
SELECT ('10.0.' || n || '.9/32')::cidr, 'a fragile controller', pg_temp.ago(-90), 'staff.1', pg_temp.ago(100) FROM generate_series(1, 20) n;
