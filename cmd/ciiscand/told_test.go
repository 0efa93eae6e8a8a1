package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/ciiscan/ciiscan/exchange/mail/mailtest"
	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/queue"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// A resetWorld has somebody whose name is an address, and a mail server.
type resetWorld struct {
	*store.Store
	t      *testing.T
	db     *sql.DB
	server *mailtest.Server
	url    string
	id     account.ID
}

func newResetWorld(t *testing.T) *resetWorld {
	t.Helper()
	url := storetest.NewDB(t).URL
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w := &resetWorld{Store: storetest.Open(t, url, store.Options{}), t: t, db: db, server: &mailtest.Server{}, url: url}
	secret, _, err := w.Invite(t.Context(), "mara", account.Analyst, "")
	if err != nil {
		t.Fatal(err)
	}
	a, err := w.AcceptInvitation(t.Context(), secret, account.Enrolment{
		Name: "amara@cert.example", Handle: account.NewHandle(), PasswordHash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo", TOTPSecret: "SECRET", TOTPStep: 1,
		Recovery: account.HashAllRecovery(account.NewRecoveryCodes()),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.id = a.ID
	return w
}

func (w *resetWorld) reset(by account.Resetter) string {
	w.t.Helper()
	secret, _, err := w.ResetAccount(w.t.Context(), by, w.id)
	if err != nil {
		w.t.Fatal(err)
	}
	return secret
}

// work runs the queue until done, or for long enough to see that it is not.
func (w *resetWorld) work(done func() bool) {
	w.t.Helper()
	cfg := config.Config{Mail: config.Mail{From: "CERT <ciiscan@cert.example>"}, Publisher: config.Publisher{Name: "CERT"}}
	tell, err := newTeller(w.Store, w.server.Serve(w.t), nil, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		ended <- queue.Run(ctx, w.url, queue.Options{Notice: tell.post.Send, Reset: tell.reset, NoticeSlots: 1})
	}()
	for !done() && ctx.Err() == nil {
		time.Sleep(50 * time.Millisecond)
	}
	cancel()
	if err := <-ended; err != nil {
		w.t.Error(err)
	}
}

func (w *resetWorld) audited() []audit.Record {
	w.t.Helper()
	all, _, err := w.AuditRecords(w.t.Context(), audit.Filter{Object: string(w.id)}, inventory.Page{})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []audit.Record
	for _, r := range all {
		if r.Act == "account.reset_mail" {
			out = append(out, r)
		}
	}
	return out
}

// Somebody whose account is reset over and over is told three times within an
// hour, by mails that open nothing; nor does anything that the database keeps.
func TestResetIsToldByTheQueue(t *testing.T) {
	w := newResetWorld(t)
	w.reset(account.Resetter{Who: "mara"}) // no mail is set up
	var secrets []string
	for range 5 {
		secrets = append(secrets, w.reset(account.Resetter{Who: "mara", Mail: true}))
	}
	w.work(func() bool { return len(w.audited()) == 3 })
	taken := w.server.Taken()
	if len(taken) != 3 || taken[0].To != "amara@cert.example" || !bytes.Contains(taken[0].Raw, []byte("was reset by mara")) || !bytes.Contains(taken[0].Raw, []byte("Auto-Submitted: auto-generated")) {
		t.Fatalf("%d mails, of which the first is %+v", len(taken), taken)
	}
	var kept string
	if err := w.db.QueryRowContext(t.Context(), "SELECT (SELECT string_agg(j::text, '') FROM river_job j) || (SELECT string_agg(a::text, '') FROM audit_log a) || (SELECT string_agg(i::text, '') FROM invitations i)").Scan(&kept); err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets {
		if strings.Contains(kept, secret) || bytes.Contains(taken[2].Raw, []byte(secret)) {
			t.Error("the secret of a link is written down")
		}
	}
}

// A server that is away is asked again; one that refuses the address is not,
// which the audit log says.
func TestResetToldToNobodyIsAudited(t *testing.T) {
	w := newResetWorld(t)
	w.server.Recipient = &smtp.SMTPError{Code: 550, Message: "no such user"}
	w.reset(account.Resetter{Who: "mara", Mail: true})
	w.work(func() bool { return len(w.audited()) > 0 })
	if all := w.audited(); len(all) != 1 || !strings.Contains(string(all[0].Detail), "no such user") {
		t.Errorf("audited is %+v", all)
	}
	w.server.Recipient = errors.New("later")
	told := queue.ResetTold{Account: string(w.id), By: "mara", At: time.Now()}
	tell, err := newTeller(w.Store, w.server.Serve(t), nil, config.Config{Mail: config.Mail{From: "CERT <ciiscan@cert.example>"}}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := tell.reset(t.Context(), told); err == nil {
		t.Error("a mail that may go later is given up")
	}
	told.At = told.At.Add(-giveUpReset)
	if err := tell.reset(t.Context(), told); err != nil || len(w.audited()) != 2 {
		t.Errorf("after three days: %v, audited %+v", err, w.audited())
	}
}
