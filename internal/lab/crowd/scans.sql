-- A scan of two tasks for 250 findings, spread over the last year.
INSERT INTO scans (org_id, profile, trigger, actor, state, priority, created_at, started_at, finished_at, note)
SELECT 'ORG-' || CASE WHEN n <= {orgs} THEN n ELSE pg_temp.skewed(n, 30, {orgs}) END, pg_temp.pick(n, 31, ARRAY['standard', 'standard', 'light']), 'manual', 'staff.1',
	s.state, 2, at, CASE WHEN s.state <> 'queued' THEN at + interval '1 minute' END, CASE WHEN s.state NOT IN ('queued', 'running') THEN at + interval '2 hours' END, ''
FROM generate_series(1, greatest({orgs}, {findings} / 250)) n,
	LATERAL (SELECT pg_temp.ago(365.0 * (1 - n::float / greatest({orgs}, {findings} / 250)))) t (at),
	LATERAL (SELECT CASE WHEN t.at > pg_temp.ago(0.05) THEN 'queued' WHEN t.at > pg_temp.ago(0.3) THEN 'running'
		ELSE pg_temp.pick(n, 32, ARRAY['complete', 'complete', 'complete', 'complete', 'partial', 'failed', 'cancelled']) END) s (state)
ORDER BY n;

-- Where each asset is looked at: a prefix at its first address.
CREATE TEMP TABLE place AS
SELECT num, id, org_id, class, coalesce(set_masklen(net, 32), '10.64.0.0'::inet + num) AS address, kind = 'hostname' AS named, address AS name FROM assets;
CREATE INDEX ON place (num);
CREATE INDEX ON place (org_id, num);
CREATE INDEX ON place (id);
ANALYZE place;

INSERT INTO scan_tasks (scan_id, org_id, profile, hosts, addresses, assets, state, priority, not_before, attempt, worker, lease_until, method, requests,
	created_at, claimed_at, ended_at, judged_at, findings_new, findings_open, findings_fixed)
SELECT s.id, s.org_id, s.profile, h.hosts, h.addresses, h.assets, s.state, 2, s.created_at, 1, CASE s.state WHEN 'queued' THEN '' ELSE 'worker-' || 1 + s.num % 4 END,
	CASE s.state WHEN 'running' THEN pg_temp.ago(-0.01) END, 'syn', 4000, s.created_at, s.started_at, s.finished_at, s.finished_at, 3, 20, 2
FROM scans s, generate_series(0, 1) k, LATERAL (
	SELECT jsonb_agg(jsonb_build_object('addr', host(p.address), 'asset', p.id, 'class', p.class)) AS hosts,
		array_agg(p.address) AS addresses, array_agg(p.id) AS assets
	FROM (SELECT * FROM place WHERE org_id = s.org_id ORDER BY num OFFSET k * 16 LIMIT 16) p) h
WHERE h.hosts IS NOT NULL ORDER BY s.num, k;

INSERT INTO host_results (task_id, asset_id, address, outcome, reason)
SELECT t.id, x.asset, x.address, CASE WHEN t.state IN ('complete', 'partial', 'failed') THEN t.state ELSE 'partial' END, ''
FROM scan_tasks t, unnest(t.assets, t.addresses) x (asset, address) WHERE t.ended_at IS NOT NULL;
INSERT INTO port_coverage (task_id, asset_id, address, transport, open, closed, filtered)
SELECT t.id, x.asset, x.address, 'tcp', '80,443', '1-79,81-442', '444-1000'
FROM scan_tasks t, unnest(t.assets, t.addresses) x (asset, address) WHERE t.ended_at IS NOT NULL;

INSERT INTO address_states (asset_id, address, up, priority, last_scan, next_scan, outcome, reason, profile)
SELECT id, address, pg_temp.u(num, 40) < 0.9, 2, pg_temp.ago(14 * pg_temp.u(num, 41)), pg_temp.ago(-7 * pg_temp.u(num, 42)),
	pg_temp.pick(num, 43, ARRAY['complete', 'complete', 'complete', 'complete', 'complete', 'partial', 'unreachable', 'blocked']), '', 'standard'
FROM place WHERE pg_temp.u(num, 44) < 0.97;

-- Two services of each asset, which are those that the findings are about.
INSERT INTO services (asset_id, address, port, transport, name, product, version, extra_info, cpes, tls, banner, first_seen, last_seen)
SELECT id, address, pg_temp.port(num + k), 'tcp', pg_temp.service(num + k),
	pg_temp.pick(num + k, 45, ARRAY['nginx', 'Apache httpd', 'OpenSSH', 'Microsoft IIS', 'Exim', '']), '1.' || (num + k) % 40, '', '[]', (num + k) % 12 IN (0, 3), '',
	pg_temp.ago(20 + 300 * pg_temp.u(num, 46 + k)), pg_temp.ago(14 * pg_temp.u(num, 41))
FROM place, generate_series(0, 1) k;

INSERT INTO former_services (asset_id, address, port, transport, name, product, version, tls, first_seen, last_seen, gone_at)
SELECT id, address, 8081, 'tcp', 'http', 'Jetty', '9', false, pg_temp.ago(200), pg_temp.ago(60), pg_temp.ago(50) FROM place WHERE num % 5 = 0;

INSERT INTO discoveries (org_id, address, kind, how, seen_on, quote, first_seen, last_seen, state)
SELECT org_id, 'found-' || num || '.example', 'hostname', 'certificate', id, 'DNS:found-' || num || '.example', pg_temp.ago(9), pg_temp.ago(2), 'open'
FROM place WHERE num % 50 = 0 ORDER BY num;
