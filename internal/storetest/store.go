package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/queue"
	"github.com/ciiscan/ciiscan/internal/store"
)

// templateLock is the key of the advisory lock on the migrated database that
// tests copy: who migrates holds it alone, who copies shares it, because
// PostgreSQL copies only a database to which nobody is connected.
const templateLock = 0x746d706c

// workerPassword is for servers that ask for one.
const workerPassword = "ciiscan-test"

// A DB is one test's database.
type DB struct {
	URL       string // as its owner
	WorkerURL string // as store.WorkerRole
}

// New returns a Store, with a queue, on a database of the test's own.
func New(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, NewDB(t).URL, store.Options{})
}

// Open opens a Store until the end of the test; without opts.Enqueue it gets
// the real queue.
func Open(t testing.TB, url string, opts store.Options) *store.Store {
	t.Helper()
	if opts.Enqueue == nil {
		inserter, err := queue.NewInserter()
		if err != nil {
			t.Fatal(err)
		}
		opts.Enqueue = inserter
	}
	s, err := store.Open(t.Context(), url, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return s
}

// NewDB makes a database with the schema in place, which is dropped after the
// test. It takes about as long as copying its files.
func NewDB(t testing.TB) DB {
	t.Helper()
	server := URL(t)
	schema, err := store.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	template := "ciiscan_template_" + schema
	if err := templates.prepare(t.Context(), server, template); err != nil {
		t.Fatalf("prepare the template database: %v", err)
	}
	return create(t, server, " TEMPLATE "+template)
}

// NewEmptyDB makes a database without a schema, which is dropped after the
// test.
func NewEmptyDB(t testing.TB) DB {
	t.Helper()
	return create(t, URL(t), "")
}

func create(t testing.TB, server, from string) DB {
	t.Helper()
	name := "ciiscan_test_" + strings.ToLower(rand.Text()[:12])
	create := "CREATE DATABASE " + name + from
	if err := locked(t.Context(), server, "pg_advisory_lock_shared", create); err != nil {
		t.Fatalf("make a test database: %v", err)
	}
	t.Cleanup(func() {
		// The test's own context has ended by now.
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := locked(ctx, server, "pg_advisory_lock_shared", "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
	})
	return DB{
		URL:       at(t, server, name, nil),
		WorkerURL: at(t, server, name, url.UserPassword(store.WorkerRole, workerPassword)),
	}
}

// at is the server's URL with another database and, unless nil, another user.
func at(t testing.TB, server, database string, user *url.Userinfo) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil || u.Scheme == "" {
		t.Fatalf("%s: want a URL like postgres://user@host/database", serverVariable)
	}
	u.Path = "/" + database
	if user != nil {
		u.User = user
		q := u.Query()
		q.Del("user")
		u.RawQuery = q.Encode()
	}
	return u.String()
}

// preparer migrates the template once for each server and process; another
// process may have done so before.
type preparer struct {
	mu   sync.Mutex
	done map[string]error
}

var templates = preparer{done: map[string]error{}}

func (p *preparer) prepare(ctx context.Context, server, template string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	err, ok := p.done[server]
	if !ok {
		err = migrateTemplate(ctx, server, template)
		p.done[server] = err
	}
	return err
}

func migrateTemplate(ctx context.Context, server, template string) error {
	u, err := url.Parse(server)
	if err != nil {
		return errors.New("not a URL")
	}
	u.Path = "/" + template
	return withLock(ctx, server, "pg_advisory_lock", func(conn *sql.Conn) error {
		var exists bool
		const look = "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)"
		if err := conn.QueryRowContext(ctx, look, template).Scan(&exists); err != nil {
			return err
		}
		if !exists {
			if _, err := conn.ExecContext(ctx, "CREATE DATABASE "+template); err != nil {
				return err
			}
		}
		// Also when it exists: whoever made it may have died half way.
		if err := store.Migrate(ctx, u.String()); err != nil {
			return err
		}
		return allowLogin(ctx, conn)
	})
}

func allowLogin(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, fmt.Sprintf("ALTER ROLE %s LOGIN PASSWORD '%s'", store.WorkerRole, workerPassword))
	return err
}

// locked runs one statement on the server while it holds the lock.
func locked(ctx context.Context, server, lock, statement string) error {
	return withLock(ctx, server, lock, func(conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, statement)
		return err
	})
}

// withLock connects to the server's own database and takes the lock there;
// closing the connection gives it back.
func withLock(ctx context.Context, server, lock string, do func(conn *sql.Conn) error) (err error) {
	pool, err := sql.Open("pgx", server)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "SELECT "+lock+"($1)", templateLock); err != nil {
		return err
	}
	return do(conn)
}
