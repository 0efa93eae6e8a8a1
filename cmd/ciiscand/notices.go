package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange/delivery"
	outbound "github.com/ciiscan/ciiscan/exchange/mail"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/internal/queue"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/notify/letter"
	"github.com/ciiscan/ciiscan/notify/post"
	"github.com/ciiscan/ciiscan/web/api"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

const (
	tellEvery   = time.Minute
	noticeSlots = 4
	giveUpReset = 3 * 24 * time.Hour // of telling somebody what was done to the account
)

// outbox is what all notices of this installation have in common.
func outbox(m config.Mail) notify.Outbox {
	return notify.Outbox{Domain: mailDomain(m.From), DryRun: m.Notices.DryRun}
}

func mailDomain(from string) string {
	a, err := mail.ParseAddress(from)
	if err != nil {
		return ""
	}
	_, domain, _ := strings.Cut(a.Address, "@")
	return domain
}

// noticeRules are the installation's rules for mail to operators.
func noticeRules(n config.Notices) (notify.Rules, error) {
	quiet, err := notify.ParseQuiet(n.QuietHours)
	if err != nil {
		return notify.Rules{}, err
	}
	r := notify.DefaultRules()
	r.Quiet, r.HourlyCap, r.DailyCap = quiet, n.HourlyCap, n.DailyCap
	r.ConfirmWithin = time.Duration(n.ConfirmDays) * 24 * time.Hour
	return r, nil
}

// A teller tells operators by mail what they should know.
type teller struct {
	store   *store.Store
	post    *post.Post
	planner *notify.Planner
	on      bool // there is a mail server, or a dry run
	log     *slog.Logger
}

func newTeller(st *store.Store, carrier delivery.Postman, signer *pgp.Signer, cfg config.Config, log *slog.Logger) (*teller, error) {
	n := cfg.Mail.Notices
	rules, err := noticeRules(n)
	if err != nil {
		return nil, err
	}
	p := &post.Post{
		Book: st, Carrier: carrier, Signer: signer, Name: cfg.Publisher.Name, From: cfg.Mail.From, ReplyTo: n.ReplyTo, Bounces: n.Bounces,
		Portal: cfg.Console.URL, Phone: n.Phone, Now: time.Now,
	}
	if n.SMIMECert != "" {
		if p.Identity, err = post.LoadIdentity(n.SMIMECert, n.SMIMEKey); err != nil {
			return nil, fmt.Errorf("mail.smime_cert, mail.smime_key: %w", err)
		}
	}
	return &teller{
		store: st, post: p, on: carrier != nil || n.DryRun, log: log,
		planner: &notify.Planner{Book: st, Rules: rules, Now: time.Now},
	}, nil
}

// mail is how our mail looks, for the API.
func (t *teller) mail(dryRun bool) api.Mail {
	m := api.Mail{State: "off", ReadBounce: post.ReadBounce, Sender: letter.Sender{
		Name: t.post.Name, Portal: t.post.Portal, Phone: t.post.Phone,
	}}
	if t.post.Signer != nil {
		m.Sender.Fingerprint = t.post.Signer.Fingerprint()
	}
	switch {
	case dryRun:
		m.State = "dry_run"
	case t.on:
		m.State = "on"
	}
	return m
}

// reset tells somebody that their account was reset: who did not ask for it
// should ask back. An account whose mail is refused, or cannot be sent in time,
// is given up, which the audit log says.
func (t *teller) reset(ctx context.Context, told queue.ResetTold) error {
	a, err := t.store.Account(ctx, account.ID(told.Account))
	if err != nil {
		return fmt.Errorf("tell %s of a reset: %w", told.Account, err)
	}
	if a.DisabledAt != nil || !a.Mailable() {
		return nil
	}
	by := told.By
	if a.Org != "" { // whom of the CERT an operator deals with is not told, as the API does not
		own, err := t.store.OwnNames(ctx, a.Org, []string{by})
		if err != nil {
			return fmt.Errorf("tell %s of a reset: %w", told.Account, err)
		}
		if !own[by] {
			by = t.mail(false).Sender.Name
		}
	}
	words := letter.Reset(t.mail(false).Sender, a.Name, by, told.At, locale.For(a.Language))
	err = t.post.Tell(ctx, strings.ToLower(told.Account)+"-"+strconv.FormatInt(told.At.UnixNano(), 36), a.Name, words)
	if _, refused := errors.AsType[*outbound.Refusal](err); err != nil && !refused && time.Since(told.At) < giveUpReset {
		return fmt.Errorf("tell %s of a reset: %w", told.Account, err)
	}
	detail := map[string]any{"at": told.At}
	if err != nil {
		t.log.Warn("somebody was not told by mail that the account was reset", "account", a.ID, "error", err)
		detail["problem"] = inventory.CleanText(err.Error(), 300)
	}
	return t.store.RecordAct(ctx, audit.Entry{Actor: "ciiscand", Act: "account.reset_mail", Object: told.Account, Detail: detail})
}

// run plans what is to be told until ctx ends. Without a mail server nothing
// is planned: what happened meanwhile would come as a flood later.
func (t *teller) run(ctx context.Context) error {
	if !t.on {
		return nil
	}
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		if err := t.planner.Round(ctx); err != nil && ctx.Err() == nil {
			t.log.Warn("not everything was planned that operators should be told", "error", err)
		}
		if _, err := t.store.ReapNotices(ctx); err != nil && ctx.Err() == nil {
			t.log.Warn("jobs of notices not looked after", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
