-- What people wrote and were sent.
INSERT INTO disputes (finding_id, org_id, claim, state, reason, opened_by, opened_at, ended_by, outcome)
SELECT id, org_id, 'not_mine', 'open', 'It is our provider''s.', 'op.1.2', answered_at, '', '' FROM findings WHERE dispute = 'open' ORDER BY num;
INSERT INTO finding_comments (finding_id, org_id, dispute_id, at, author, operator, shared, body)
SELECT finding_id, org_id, id, opened_at, 'op.1.2', true, true, 'See the contract.' FROM disputes ORDER BY num;
INSERT INTO finding_comments (finding_id, org_id, at, author, operator, shared, body)
SELECT id, org_id, pg_temp.ago(9), 'staff.2', false, false, 'Told by telephone.' FROM findings WHERE work <> 'new' AND num % 10 = 0 ORDER BY num;

INSERT INTO notices (org_id, contact_id, role, address, kind, language, bilingual, letter, state, protection, message_id, thread, token,
	attempts, next_at, last_error, created_at, sent_at, confirmed_by, resend_of)
SELECT c.org_id, c.id, c.role, c.email, k.kind, c.language, false,
	jsonb_build_object('kind', k.kind, 'tlp', 'TLP:AMBER', 'org', c.org_id, 'org_name', o.name, 'at', to_jsonb(k.at), 'week', '2026-W40', 'counts', '{"open": 12, "new": 1}'::jsonb),
	CASE WHEN w = 0 AND c.num % 50 = 0 THEN 'queued' WHEN c.num % 60 = 0 THEN 'bounced' WHEN c.num % 61 = 0 THEN 'failed' ELSE 'sent' END, 'plain', c.id || '.' || w || '@crowd.example', '',
	md5(c.id || '.' || w), 1, k.at, '', k.at, k.at, '', ''
FROM contacts c JOIN organizations o ON o.id = c.org_id, generate_series(0, 33) w,
	LATERAL (SELECT (ARRAY['weekly', 'weekly', 'weekly', 'alert', 'reminder', 'advisory', 'digest'])[1 + w % 7], pg_temp.ago(w * 7 + 1)) k (kind, at)
ORDER BY k.at, c.num;
INSERT INTO notice_items (org_id, contact_id, kind, object, stage, due_at, held, notice_num, settled_at)
SELECT org_id, contact_id, kind, CASE kind WHEN 'weekly' THEN to_char(created_at, 'IYYY-"W"IW') ELSE 'F-' || 1 + num % {findings} END, '', created_at, false, num, created_at FROM notices ORDER BY num;

INSERT INTO invitations (sha256, first, role, org_id, invited_by, created_at, until_at)
SELECT encode(sha256(('invitation' || n)::bytea), 'hex'), false, 'operator', 'ORG-' || n, 'staff.4', pg_temp.ago(2), pg_temp.ago(-5)
FROM generate_series(1, {orgs} / 10) n ORDER BY n;

INSERT INTO imports (org_id, state, name, pasted, sheet, headers, sheets, notes, counts, created_by, created_at, expires_at, done_by, done_at)
SELECT 'ORG-' || 1 + (n - 1) % {orgs}, CASE WHEN n % 20 = 0 THEN 'draft' WHEN n % 21 = 0 THEN 'undone' ELSE 'done' END, 'assets.csv', false, '', '[]', '[]', '[]', '{"new": 16, "error": 4}', 'staff.1', t.at,
	CASE WHEN n % 20 = 0 THEN pg_temp.ago(-7) ELSE t.at + interval '7 days' END, CASE WHEN n % 20 = 0 THEN '' ELSE 'staff.1' END, CASE WHEN n % 20 > 0 THEN t.at END
FROM generate_series(1, {orgs} * 10 / 3) n, LATERAL (SELECT pg_temp.ago(400.0 * (1 - n::float / ({orgs} * 10 / 3 + 1)))) t (at) ORDER BY n;
-- The first is a big one.
INSERT INTO import_rows (import_id, position, org_id, line, class, address, row, asset_id)
SELECT i.id, k, i.org_id, k + 1, CASE WHEN k % 5 = 0 THEN 'error' ELSE 'new' END, '10.200.' || k / 250 || '.' || k % 250, '{}', CASE WHEN k % 5 > 0 THEN 'A-' || i.num END
FROM imports i, LATERAL generate_series(1, CASE i.num WHEN 1 THEN 5000 ELSE 20 END) k;

-- How everybody stood in the weeks before the last, which a run notes itself.
INSERT INTO weekly_standings (org_id, until_at, sector, critical, high, medium, low, info, kev, fresh, closed, median_age, to_close, due, met)
SELECT o.id, date_trunc('week', pg_temp.present()) - w * interval '7 days', o.sector, n / 20, n / 6, n / 3, n / 3, n / 5, n / 50, n / 30, n, 90, 60, n / 2, n / 3
FROM organizations o, generate_series(1, 25) w, LATERAL (SELECT 20 + floor(200 * pg_temp.u(o.num * 100 + w, 81))::int) t (n) ORDER BY w, o.num;

-- Half a year of weekly editions, all sent.
INSERT INTO report_runs (week, from_at, to_at, started_at, started_by)
SELECT to_char(ends - interval '1 day', 'IYYY-"W"IW'), ends - interval '7 days', ends, ends + interval '2 hours', 'clock'
FROM generate_series(0, 25) w, LATERAL (SELECT date_trunc('week', pg_temp.present()) - w * interval '7 days') t (ends) ORDER BY ends;
INSERT INTO report_editions (id, run_id, week, kind, org_id, sector, revision, because, state, rendering, printed, facts, created_at, made_at, approved_by, approved_at, sent_by, sent_at)
SELECT 'weekly-' || o.id || '-' || r.week, r.id, r.week, 'operator', o.id, o.sector, 1, '', pg_temp.pick(o.num + r.num, 80, ARRAY['sent', 'opened', 'acknowledged']), 1, 'absent',
	'{"assets": 60, "findings": 200}', r.started_at, r.started_at, 'staff.3', r.started_at, 'staff.3', r.started_at
FROM report_runs r, organizations o ORDER BY r.num, o.num;
INSERT INTO report_bytes (sha256, bytes) SELECT encode(sha256(t), 'hex'), t FROM (VALUES ('<!doctype html><title>Report</title>'::bytea)) v (t);
INSERT INTO report_files (edition, rendering, position, org_id, name, media_type, size, sha256, proof)
SELECT num, 1, 1, org_id, id || '.html', 'text/html; charset=utf-8', 36, encode(sha256('<!doctype html><title>Report</title>'), 'hex'), false FROM report_editions;
