INSERT INTO cve_threats (cve, kev, ransomware, epss)
SELECT 'CVE-' || 2006 + n % 20 || '-' || 1000 + n, n % 200 = 0, n % 1000 = 0, power(pg_temp.u(n, 50), 6) FROM generate_series(1, {findings} / 4) n;

INSERT INTO checks (id, title, severity, why, fix, refs, cves, cwes, tags, source, protocol, sha256, updated_at, cvss)
SELECT 'crowd-check-' || n,
	pg_temp.pick(n, 51, ARRAY['Portal', 'Mail server', 'Remote desktop', 'Modbus device', 'File server', 'VPN gateway', 'Web server', 'Database', 'Camera', 'Printer']) || ' '
		|| pg_temp.pick(n, 52, ARRAY['lets strangers run programs', 'answers from the internet', 'has a known password', 'tells too much', 'speaks an old protocol']) || ' (' || n || ')',
	CASE WHEN n % 20 = 0 THEN 'critical' WHEN n % 20 < 4 THEN 'high' WHEN n % 20 < 10 THEN 'medium' WHEN n % 20 < 16 THEN 'low' ELSE 'info' END,
	'An attacker comes in by it.', 'Install the newest version, or put it behind a VPN.', '[]',
	CASE WHEN n % 3 = 0 THEN jsonb_build_array('CVE-' || 2006 + (n * 7) % 20 || '-' || 1000 + n * 7) ELSE '[]' END, '[]', '[]',
	CASE WHEN n % 3 = 1 THEN 'exposure' ELSE 'template' END, CASE WHEN n % 3 = 1 THEN 'port' ELSE 'http' END, '', pg_temp.ago(20),
	CASE WHEN n % 20 = 0 THEN 9 WHEN n % 20 < 4 THEN 7 WHEN n % 20 < 10 THEN 4 WHEN n % 20 < 16 THEN 0.1 ELSE 0 END + n % 9 / 10.0
FROM generate_series(1, 400) n;

INSERT INTO evidence (id, request, response, created_at)
SELECT encode(sha256(n::text::bytea), 'hex'), 'GET / HTTP/1.1', convert_to(E'HTTP/1.1 200 OK\nServer: Portal/' || n, 'UTF8'), pg_temp.ago(5) FROM generate_series(1, 1000) n;

CREATE TEMP TABLE known AS
SELECT substr(c.id, 13)::bigint AS num, c.*, EXISTS (SELECT 1 FROM cve_threats v WHERE v.cve = c.cves->>0 AND v.kev) AS attacked FROM checks c;
ANALYZE known;

-- Every asset in turn, until there are enough: each time by another check, of
-- which the first are the most common. The older, the likelier closed.
INSERT INTO findings (org_id, asset_id, address, port, transport, check_id, matcher, hostname, title, severity, kev, detection, work, waiver, waiver_reason,
	waiver_by, waiver_until, first_seen, last_seen, last_tested, closed_at, not_tested, negatives, evidence_id, decision, decision_path, due_at,
	assignee, tags, answer, answered_at, dispute)
SELECT p.org_id, p.id, p.address, pg_temp.port(p.num + n / {assets} % 2), 'tcp', c.id, 'm' || n / {assets}, CASE WHEN p.named THEN p.name ELSE '' END, c.title, c.severity, t.kev,
	d.detection, CASE WHEN d.detection = 'fixed' OR pg_temp.u(n, 61) < 0.7 THEN 'new' ELSE pg_temp.pick(n, 62, ARRAY['triaged', 'notified', 'acknowledged', 'in_progress']) END,
	w.kind, CASE w.kind WHEN 'none' THEN '' ELSE 'replaced in spring' END, CASE w.kind WHEN 'none' THEN '' ELSE 'staff.1' END,
	CASE WHEN w.kind <> 'none' THEN pg_temp.ago(30 - 150 * pg_temp.u(n, 63)) END,
	pg_temp.ago(a.age), CASE d.detection WHEN 'fixed' THEN pg_temp.ago(a.age * a.gone + 0.01) ELSE pg_temp.ago(14 * pg_temp.u(p.num, 41)) END, pg_temp.ago(14 * pg_temp.u(p.num, 41)),
	CASE d.detection WHEN 'fixed' THEN pg_temp.ago(a.age * a.gone) END, '', 0, encode(sha256((1 + n % 1000)::text::bytea), 'hex'),
	s.decision, 'exploited: ' || CASE WHEN t.kev THEN 'yes' ELSE 'no' END,
	CASE WHEN d.detection <> 'fixed' AND s.days > 0 THEN pg_temp.ago(a.age - s.days) END,
	CASE WHEN d.detection <> 'fixed' AND pg_temp.u(n, 64) < 0.1 THEN 'staff.' || 1 + n % 40 ELSE '' END,
	CASE WHEN pg_temp.u(n, 65) < 0.02 THEN '["vpn"]' ELSE '[]' END::jsonb, b.answer, CASE b.answer WHEN '' THEN NULL ELSE pg_temp.ago(3) END,
	CASE b.answer WHEN 'not_mine' THEN 'open' ELSE '' END
FROM generate_series(0, {findings} - 1) n
JOIN place p ON p.num = 1 + n % {assets}
JOIN known c ON c.num = pg_temp.skewed(n, 66, 400),
	LATERAL (SELECT c.attacked OR c.severity = 'critical' AND n % 4 = 0) t (kev),
	LATERAL (SELECT 0.1 + 760 * power(pg_temp.u(n, 67), 1.2), 0.95 * pg_temp.u(n, 68)) a (age, gone),
	LATERAL (SELECT CASE WHEN pg_temp.u(n, 69) < 0.9 * least(1, a.age / 250) THEN 'fixed' WHEN pg_temp.u(n, 70) < 0.05 THEN 'back_again' ELSE 'open' END) d (detection),
	LATERAL (SELECT CASE WHEN d.detection <> 'fixed' AND pg_temp.u(n, 71) < 0.04
		THEN pg_temp.pick(n, 72, ARRAY['false_positive', 'accepted_risk', 'compensating_control', 'disputed']) ELSE 'none' END) w (kind),
	LATERAL (SELECT CASE WHEN t.kev AND c.severity IN ('critical', 'high') THEN 'act' WHEN t.kev OR c.severity = 'critical' THEN 'attend'
			WHEN c.severity = 'high' THEN 'track*' ELSE 'track' END,
		CASE WHEN c.severity = 'info' THEN 0 WHEN t.kev THEN 7 WHEN c.severity IN ('critical', 'high') THEN 30 ELSE 90 END) s (decision, days),
	LATERAL (SELECT CASE WHEN d.detection <> 'fixed' AND pg_temp.u(n, 73) < 0.02 THEN pg_temp.pick(n, 74, ARRAY['fixed', 'working', 'not_mine', 'accept_risk']) ELSE '' END) b (answer)
ORDER BY n;

INSERT INTO finding_events (finding_id, at, actor, kind, from_value, to_value, reason, task_id, evidence_id)
SELECT f.id, e.at, e.actor, e.kind, e.was, e.becomes, e.reason, '', e.evidence FROM findings f, LATERAL (VALUES
	(f.first_seen, 'scan', 'opened', '', 'open', 'seen by a scan', f.evidence_id, true),
	(f.closed_at, 'scan', 'fixed', 'open', 'fixed', 'twice not seen', '', f.closed_at IS NOT NULL),
	(f.last_seen, 'scan', 'verified', '', '', 'seen again', f.evidence_id, f.closed_at IS NULL AND f.num % 3 = 0),
	(f.last_seen - interval '1 hour', 'scan', 'back_again', 'fixed', 'back_again', 'seen again after it was closed', '', f.detection = 'back_again'),
	(pg_temp.ago(10), 'staff.2', 'work', 'new', f.work, '', '', f.work <> 'new'),
	(pg_temp.ago(11), 'staff.2', 'waived', '', f.waiver, f.waiver_reason, '', f.waiver <> 'none'),
	(f.answered_at, 'op.1', 'answered', '', f.answer, '', '', f.answer <> '')
) e (at, actor, kind, was, becomes, reason, evidence, happened) WHERE e.happened ORDER BY e.at;

UPDATE assets a SET
	tested_at   = (SELECT max(last_scan) FROM address_states s WHERE s.asset_id = a.id),
	looked_at   = (SELECT max(last_scan) FROM address_states s WHERE s.asset_id = a.id AND s.outcome IN ('complete', 'partial')),
	answered_at = (SELECT max(last_scan) FROM address_states s WHERE s.asset_id = a.id AND s.up),
	open_score  = coalesce(f.score, 0)
FROM place p LEFT JOIN (
	SELECT asset_id, sum(CASE severity WHEN 'critical' THEN 1000000000 WHEN 'high' THEN 1000000 WHEN 'medium' THEN 1000 WHEN 'low' THEN 1 ELSE 0 END) AS score
	FROM findings WHERE detection <> 'fixed' GROUP BY asset_id) f ON f.asset_id = p.id
WHERE a.id = p.id AND a.retired_at IS NULL;
