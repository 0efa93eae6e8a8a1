package load

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner/schedule"
	"github.com/ciiscan/ciiscan/web/api"
	"github.com/ciiscan/ciiscan/web/api/apitest"
	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/console"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// home is the organisation whose people are signed in: the one with the most.
const home = inventory.OrganizationID("ORG-1")

// A Server is the console over a crowd, with somebody of each role signed in.
type Server struct {
	Store   *store.Store
	handler http.Handler
	url     string
	cookies map[auth.Role]*http.Cookie
	sql     meter
}

// A meter adds up what statements took.
type meter struct {
	mu    sync.Mutex
	took  time.Duration
	count int
	worst statement
}

type statement struct {
	sql  string
	took time.Duration
}

func (m *meter) add(sql string, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.took += took
	m.count++
	if took > m.worst.took {
		m.worst = statement{sql, took}
	}
}

// read returns what was added since it was last read.
func (m *meter) read() (took time.Duration, count int, worst statement) {
	m.mu.Lock()
	defer m.mu.Unlock()
	took, count, worst = m.took, m.count, m.worst
	m.took, m.count, m.worst = 0, 0, statement{}
	return took, count, worst
}

// Serve opens the database at url, as its owner, and signs people in. Close
// the Server when it is done with.
func Serve(ctx context.Context, url string) (*Server, error) {
	s := &Server{url: url, cookies: map[auth.Role]*http.Cookie{}}
	var err error
	if s.Store, err = store.Open(ctx, url, store.Options{Statement: s.sql.add}); err != nil {
		return nil, err
	}
	for _, role := range roles {
		if err := s.signIn(ctx, role); err != nil {
			return nil, errors.Join(fmt.Errorf("sign the %s in: %w", role, err), s.Store.Close())
		}
	}
	log := slog.New(slog.DiscardHandler)
	planner := schedule.NewPlanner(s.Store, apitest.NoNames{}, time.Now)
	deps := api.Deps{
		Names: apitest.NoNames{}, Planner: planner, Scheduler: schedule.New(s.Store, planner, time.Now, log),
		Health:    func(context.Context) (wire.Health, error) { return wire.Health{}, nil },
		Publisher: "CERT Example", Namespace: "https://cert.example", Log: log, Now: time.Now, Version: "bench",
	}
	apitest.Supply(&deps, s.Store, &apitest.Fake{})
	s.handler = console.New(shell.Options{
		API: client.Local(api.New(deps)), Sessions: s.Store, May: api.May, Title: "CERT Example", Now: time.Now, Log: log,
	})
	return s, nil
}

// Close ends all connections.
func (s *Server) Close() error { return s.Store.Close() }

func (s *Server) signIn(ctx context.Context, role auth.Role) error {
	ctx = auth.WithIdentity(ctx, auth.Identity{User: "bench", Role: auth.Administrator})
	var org inventory.OrganizationID
	if (auth.Identity{Role: role, Org: home}).Bound() {
		org = home
	}
	invitation, _, err := s.Store.Invite(ctx, "bench", role, org)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("bench.%s.%d", strings.ReplaceAll(string(role), "_", "-"), time.Now().UnixNano()) // each run brings its own
	enrolment := account.Enrolment{
		Name: name, PasswordHash: "$argon2id$bench", TOTPSecret: "SECRET", TOTPStep: 100, Recovery: account.HashAllRecovery(account.NewRecoveryCodes()),
	}
	if _, err := s.Store.AcceptInvitation(ctx, invitation, enrolment); err != nil {
		return err
	}
	attempt, err := s.Store.BeginSignIn(ctx, name, account.Browser{Source: netip.MustParseAddr("127.0.0.1"), Agent: "bench"})
	if err != nil {
		return err
	}
	secret, _, err := s.Store.FinishSignIn(ctx, attempt, account.Proof{Step: 200})
	s.cookies[role] = &http.Cookie{Name: "ciiscan", Value: secret} // its name over plain HTTP
	return err
}
