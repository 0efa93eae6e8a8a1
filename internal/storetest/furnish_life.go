package storetest

import (
	"strings"
	"testing"
)

// lives are the rows that Live makes, in the order in which they need each
// other: the collection of the API, "" of none, and what is inserted. What
// stands in braces is the name, or an id of Furnished.IDs.
var lives = []struct{ kind, insert string }{
	{"discoveries", `discoveries (org_id, address, kind, how, seen_on, quote, first_seen, last_seen)
		VALUES ('{organizations}', '{name}.example', 'hostname', 'certificate', '{assets}', 'CN', '2026-01-01', '2026-01-01')`},
	{"asset-undos", `asset_undos (org_id, actor, act, changes, made_at, expires_at)
		VALUES ('{organizations}', '{name}.lead', 'asset.edit', '[]', '2026-01-01', '2099-01-01')`},
	{"disputes", `disputes (finding_id, org_id, claim, state, reason, opened_by, opened_at, ended_by, outcome)
		VALUES ('{findings}', '{organizations}', 'not_mine', 'open', 'of {name}', '{name}.lead', '2026-01-01', '', '')`},
	{"finding-views", `finding_views (owner, org_id, name, query, team, standard, created_at)
		VALUES ('{name}.lead', '{organizations}', 'view of {name}', '', false, false, '2026-01-01')`},
	{"", `recents (owner, kind, thing, org_id, opened_at)
		VALUES ('{name}.lead', 'finding', '{findings}', '{organizations}', '2026-01-01')`},
	{"", `finding_comments (finding_id, org_id, at, author, operator, shared, body)
		VALUES ('{findings}', '{organizations}', '2026-01-01', '{name}.lead', true, true, 'of {name}')`},
	{"", `finding_rescans (finding_id, org_id, asked_by, asked_at, operator)
		VALUES ('{findings}', '{organizations}', '{name}.lead', '2026-01-01', true)`},
	{"", `former_services (asset_id, address, port, transport, name, product, version, tls, first_seen, last_seen, gone_at)
		SELECT id, address::inet, 23, 'tcp', 'telnet', '', '', false, '2026-01-01', '2026-01-01', '2026-01-02' FROM assets WHERE id = '{assets}'`},
	{"", `weekly_standings (org_id, until_at, sector, critical, high, medium, low, info, kev, fresh, closed, due, met)
		VALUES ('{organizations}', '2026-01-05', 'energy', 1, 2, 3, 4, 5, 1, 1, 1, 1, 1)`},
	{"imports", `imports (org_id, state, name, content, pasted, sheet, sheets, headers, notes, counts, created_by, created_at, expires_at)
		VALUES ('{organizations}', 'draft', '{name}.csv', '{name}', false, '', '[]', '[]', '[]', '{"new": 1}', '{name}.lead', '2026-01-01', '2099-01-01')`},
	{"", `import_rows (import_id, position, org_id, line, class, address, row)
		VALUES ('{imports}', 1, '{organizations}', 2, 'new', '{name}.example.org', '{}')`},
	{"", `import_mappings (org_id, headings, fields, saved_at)
		VALUES ('{organizations}', encode(sha256('host of {name}'), 'hex'), '{}', '2026-01-01')`},
	{"notices", `notices (org_id, contact_id, role, address, kind, language, bilingual, letter, state, protection, message_id, thread, token,
			attempts, next_at, last_error, created_at, confirmed_by, resend_of)
		VALUES ('{organizations}', '{contacts}', 'technical', '{name}@example.org', 'alert', 'en', false, '{}', 'sent', 'plain', '{name}', '{name}', '{name}',
			0, '2026-01-01', '', '2026-01-01', '', '')`},
	{"", `notice_items (org_id, contact_id, kind, object, stage, due_at, held)
		VALUES ('{organizations}', '{contacts}', 'alert', '{findings}', 'new', '2026-01-01', false)`},
	{"", `report_runs (week, from_at, to_at, started_at, started_by)
		VALUES ('2026-W01', '2025-12-29', '2026-01-05', '2026-01-05', 'timetable') ON CONFLICT DO NOTHING`},
	{"reports", `report_editions (id, run_id, week, kind, org_id, sector, revision, because, state, rendering, printed, created_at, made_at, approved_by, approved_at, sent_at)
		SELECT 'R-2026-W01-{name}', id, week, 'operator', '{organizations}', 'energy', 1, '', 'sent', 1, 'done', '2026-01-05', '2026-01-05', 'asha', '2026-01-05', '2026-01-05'
		FROM report_runs WHERE week = '2026-W01'`},
	{"", `report_bytes (sha256, bytes) VALUES (encode(sha256('report of {Name}'), 'hex'), 'report of {Name}')`},
	{"", `report_files (edition, rendering, position, org_id, name, media_type, size, sha256, proof)
		SELECT num, 1, 0, org_id, 'report.html', 'text/html', 1, encode(sha256('report of {Name}'), 'hex'), false FROM report_editions WHERE id = '{reports}'`},
	{"", `report_deliveries (edition, org_id, contact_id, name, email, state, queued_at)
		SELECT num, org_id, '{contacts}', 'Duty {name}', '{name}@example.org', 'sent', '2026-01-05' FROM report_editions WHERE id = '{reports}'`},
	{"", `report_answers (edition, org_id, asset_id, word, comment, by, at)
		SELECT num, org_id, '{assets}', 'yes', 'of {name}', '{name}.lead', '2026-01-05' FROM report_editions WHERE id = '{reports}'`},
}

// Live gives the organisation what takes days of scans, a run of all, or the
// API to be made: rows put into the database itself.
func (f Furnished) Live(t testing.TB, url string) {
	t.Helper()
	db := Connect(t, url)
	for _, l := range lives {
		insert := strings.NewReplacer("{name}", strings.ToLower(f.Name), "{Name}", f.Name).Replace(l.insert)
		for kind, id := range f.IDs {
			insert = strings.ReplaceAll(insert, "{"+kind+"}", id)
		}
		if l.kind == "" {
			if _, err := db.ExecContext(t.Context(), "INSERT INTO "+insert); err != nil {
				t.Fatalf("%s: %v", insert, err)
			}
			continue
		}
		var id string
		if err := db.QueryRowContext(t.Context(), "INSERT INTO "+insert+" RETURNING id").Scan(&id); err != nil {
			t.Fatalf("%s: %v", insert, err)
		}
		f.IDs[l.kind] = id
	}
}
