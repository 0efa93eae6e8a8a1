package store_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/ciiscan/ciiscan/internal/storetest"
)

// connect opens the database beside the store, to look at it and to harm it.
func connect(t testing.TB, url string) *sql.DB {
	t.Helper()
	return storetest.Connect(t, url)
}

func count(t testing.TB, url, query string, args ...any) int {
	t.Helper()
	var n int
	if err := connect(t, url).QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func execSQL(t testing.TB, url, statement string) {
	t.Helper()
	// Also used when the test's context has ended.
	if _, err := connect(t, url).ExecContext(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
