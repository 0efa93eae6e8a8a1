package store_test

import (
	"database/sql"
	"testing"
)

// connect opens the database beside the store, to look at it and to harm it.
func connect(t testing.TB, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func count(t testing.TB, url, query string, args ...any) int {
	t.Helper()
	var n int
	if err := connect(t, url).QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func execSQL(t testing.TB, url, statement string, args ...any) {
	t.Helper()
	if _, err := connect(t, url).ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
