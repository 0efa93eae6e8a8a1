package cycle

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// ask returns the rows of a question to the database.
func ask[T any](in *installation, question string, args ...any) []T {
	in.t.Helper()
	ctx, cancel := context.WithTimeout(in.t.Context(), 20*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, in.database)
	if err != nil {
		in.t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, question, args...)
	if err != nil {
		in.t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[T])
	if err != nil {
		in.t.Fatalf("%s: %v", question, err)
	}
	return all
}

// count returns the number that a question to the database asks for.
func (in *installation) count(question string) int {
	in.t.Helper()
	type number struct{ N int }
	return ask[number](in, question)[0].N
}

// holdJudging keeps every judge waiting in the middle of its transaction, by
// holding what it locks first, until letGo is called.
func (in *installation) holdJudging() (letGo func()) {
	in.t.Helper()
	conn, err := pgx.Connect(in.t.Context(), in.database)
	if err != nil {
		in.t.Fatal(err)
	}
	letGo = func() { _ = conn.Close(context.Background()) }
	in.t.Cleanup(letGo) // closing twice does no harm
	if _, err := conn.Exec(in.t.Context(), "SELECT pg_advisory_lock(hashtextextended(id, 1)) FROM assets"); err != nil {
		in.t.Fatal(err)
	}
	return letGo
}

// A taskLine is a task as the database has it.
type taskLine struct {
	ID        string
	State     string
	Worker    string
	Attempt   int
	Losses    int
	ClaimedAt *time.Time
	JudgedAt  *time.Time
}

// tasks returns the tasks of a scan in their order.
func (in *installation) tasks(scan string) []taskLine {
	in.t.Helper()
	return ask[taskLine](in, `SELECT id, state, worker, attempt, losses, claimed_at, judged_at
		FROM scan_tasks WHERE scan_id = $1 ORDER BY num`, scan)
}

// wantTidy fails the test when a scan that has ended left something behind, or
// counted something twice.
func (in *installation) wantTidy() {
	in.t.Helper()
	type line struct {
		Text string
	}
	for _, q := range []struct{ what, question string }{
		{"addresses still held", "SELECT host(address) || ' by ' || task_id FROM scan_leases"},
		{"tasks not judged", "SELECT id || ' ' || state FROM scan_tasks WHERE judged_at IS NULL"},
		{"hosts with two results in one task", `SELECT task_id || ' ' || asset_id || ' ' || host(address) FROM host_results
			GROUP BY task_id, asset_id, address HAVING count(*) > 1`},
		{"judge jobs that wait or were given up", `SELECT id || ' ' || state FROM river_job WHERE kind = 'judge'
			AND state NOT IN ('completed', 'running')`}, // the end of one is noted a little later, that of a killed one never
		{"findings opened twice", `SELECT finding_id FROM finding_events WHERE kind = 'opened' GROUP BY finding_id HAVING count(*) > 1`},
		{"tasks that counted twice for a finding", `SELECT finding_id || ' ' || task_id || ' ' || kind FROM finding_events
			WHERE task_id <> '' GROUP BY finding_id, task_id, kind HAVING count(*) > 1`},
	} {
		if rest := ask[line](in, q.question); len(rest) > 0 {
			in.t.Errorf("%s: %v", q.what, rest)
		}
	}
}

// awaitRunning waits until every task of a scan is being worked, and returns
// them.
func (in *installation) awaitRunning(scan string) []taskLine {
	in.t.Helper()
	var tasks []taskLine
	eventually(in.t, "all tasks of scan "+scan+" run", 20*time.Second, func() bool {
		tasks = in.tasks(scan)
		for _, x := range tasks {
			if x.State != "running" {
				return false
			}
		}
		return len(tasks) > 0
	})
	return tasks
}
