package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/delivery"
	"github.com/ciiscan/ciiscan/exchange/desk"
	"github.com/ciiscan/ciiscan/exchange/inbox"
	"github.com/ciiscan/ciiscan/exchange/mail"
	"github.com/ciiscan/ciiscan/exchange/match"
	"github.com/ciiscan/ciiscan/exchange/mispfeed"
	"github.com/ciiscan/ciiscan/exchange/pace"
	"github.com/ciiscan/ciiscan/exchange/provider"
	"github.com/ciiscan/ciiscan/exchange/release"
	"github.com/ciiscan/ciiscan/exchange/taxii"
	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/queue"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/csaf"
	"github.com/ciiscan/ciiscan/reports/stix"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/schedule"
)

const (
	reapEvery     = 5 * time.Second
	meetEvery     = time.Minute // new services meet documents of old
	exchangeSlots = 4
)

// peers is all that ciiscand does with other CERTs.
type peers struct {
	store   *store.Store
	cfg     config.Config
	keys    keyring
	cert    *tls.Certificate // nil: none is configured
	release *release.Service
	courier *delivery.Courier
	*desk.Desk
	log *slog.Logger
}

// newPeers puts the parts together. Without keys they read, and refuse to
// write.
func newPeers(ctx context.Context, st *store.Store, planner *schedule.Planner, cfg config.Config, log *slog.Logger) (*peers, error) {
	p := &peers{store: st, cfg: cfg, log: log}
	var err error
	if p.keys, err = loadKeys(cfg, time.Now); err != nil {
		return nil, err
	}
	if p.cert, err = ownCertificate(cfg.Exchange); err != nil {
		return nil, err
	}
	poller := &inbox.Poller{Admit: cfg.Exchange.AllowPrivate, Certificate: p.cert, Now: time.Now}
	checks, err := st.Checks(ctx)
	if err != nil {
		return nil, err
	}
	p.release = &release.Service{
		Publisher: p.publisher(), Secret: p.keys.secret, Register: st, Shelf: st, Previous: release.PreviousIn(st),
	}
	if p.keys.signer != nil { // an interface that holds a nil is not nil
		p.release.Signer = p.keys.signer
	}
	p.courier = &delivery.Courier{
		Book: st, Register: st, Signer: p.keys.signer, From: cfg.Mail.From, Producer: p.producer(), Secret: p.keys.secret,
		Dial: func(src exchange.Source) (taxii.HTTP, error) { return poller.Client(src) }, Now: time.Now,
	}
	if p.courier.Post, err = postman(cfg.Mail); err != nil {
		return nil, err
	}
	tell := &delivery.Notifier{Post: p.courier.Post, Signer: p.keys.signer, From: cfg.Mail.From, Now: time.Now}
	p.Desk = &desk.Desk{
		Teller: tell,
		Inbox:  st, Peers: st, Facts: proven{st}, Matches: st, Starter: targeted{planner, st}, Courier: p.courier,
		Bundles: st, Checks: match.NewCatalogue(checks), Poller: poller, Now: time.Now, Log: log,
	}
	return p, nil
}

// ownCertificate is the one of the door for peers, which is shown to their
// servers, too. It is nil where none is configured.
func ownCertificate(x config.Exchange) (*tls.Certificate, error) {
	if x.TLSCert == "" {
		return nil, nil
	}
	cert, err := tls.LoadX509KeyPair(x.TLSCert, x.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("load the certificate of the exchange (exchange.tls_cert, exchange.tls_key): %w", err)
	}
	return &cert, nil
}

func postman(m config.Mail) (delivery.Postman, error) {
	if m.Server == "" {
		return nil, nil
	}
	s := mail.Server{Address: m.Server, User: m.User, Password: string(m.Password)}
	if m.CA != "" {
		ca, err := os.ReadFile(m.CA)
		if err != nil {
			return nil, fmt.Errorf("mail.ca: %w", err)
		}
		s.CA = ca
	}
	return s, nil
}

// publisher is who we are in our documents, which lie in the provider's folder.
func (p *peers) publisher() csaf.Publisher {
	out := csaf.Publisher{Name: p.cfg.Publisher.Name, Namespace: p.cfg.Publisher.Namespace, Contact: p.cfg.Exchange.Contact}
	if p.cfg.Exchange.URL != "" {
		out.URL = provider.Folder(p.cfg.Exchange.URL)
	}
	return out
}

func (p *peers) producer() stix.Producer {
	return stix.Producer{Name: p.cfg.Publisher.Name, Namespace: p.cfg.Publisher.Namespace, Contact: p.cfg.Exchange.Contact}
}

// proven is the store, with scans named as the exchange names them.
type proven struct{ *store.Store }

// Proven implements desk.Facts.
func (p proven) Proven(ctx context.Context, scan string, asset inventory.AssetID) (exchange.Proven, error) {
	return p.Store.Proven(ctx, scanner.ScanID(scan), asset)
}

// targeted starts scans that decide one question.
type targeted struct {
	planner *schedule.Planner
	store   *store.Store
}

// StartTargeted implements desk.Starter: ahead of routine work, and inside
// windows and levels as every scan. One that waits or runs and asks the same
// is not started again, be it for another document or of a job that died.
func (s targeted) StartTargeted(ctx context.Context, t match.Targeted) (string, error) {
	aim := scanner.Aim{Checks: t.Checks, TCP: t.TCP, UDP: t.UDP}
	id, ok, err := s.store.TargetedScan(ctx, t.Asset, aim)
	if err != nil || ok {
		return string(id), err
	}
	scan, err := s.planner.Plan(ctx, "exchange", schedule.Request{
		Org: t.Org, Asset: t.Asset, Profile: "standard", Trigger: scanner.TriggerAdvisory, Aim: aim,
	})
	if err == nil && scan.State.Ended() { // before it began
		reason := scan.Note
		for _, k := range scan.Skipped {
			reason = k.What + ": " + k.Reason
		}
		err = fmt.Errorf("%s: %w", reason, inventory.ErrOutOfScope)
	}
	return string(scan.ID), err
}

// jobs is what the queue calls.
func (p *peers) jobs() *queue.Exchange {
	return &queue.Exchange{Deliver: p.courier.Deliver, Poll: p.Poll, Match: p.Match, Answer: p.Answer}
}

// judged is called after a task was judged: what was seen may decide on what
// peers warned of.
func (p *peers) judged(ctx context.Context, task inventory.TaskID) error {
	if err := p.ruleEnded(ctx); err != nil {
		return err
	}
	assets, err := p.store.AssetsToRevisit(ctx, task)
	if err != nil {
		return err
	}
	return p.revisit(ctx, assets)
}

// ruleEnded gives the matches of targeted scans that have ended, also by being
// cancelled, their verdicts, and those on assets that were retired.
func (p *peers) ruleEnded(ctx context.Context) error {
	scans, err := p.store.EndedTargeted(ctx)
	if err != nil {
		return err
	}
	for _, id := range scans {
		if err := p.ScanEnded(ctx, string(id)); err != nil {
			return err
		}
	}
	retired, err := p.store.RetiredToRevisit(ctx)
	if err != nil {
		return err
	}
	return p.revisit(ctx, retired)
}

func (p *peers) revisit(ctx context.Context, assets []inventory.AssetID) error {
	for _, a := range assets {
		if err := p.Revisit(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// run keeps house until ctx ends.
func (p *peers) run(ctx context.Context) error {
	reap, meet, remind := time.NewTicker(reapEvery), time.NewTicker(meetEvery), time.NewTicker(remindEvery)
	defer reap.Stop()
	defer meet.Stop()
	defer remind.Stop()
	raised := &alarms{}
	met := time.Now().Add(-24 * time.Hour) // what came while nobody looked
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-reap.C:
			if _, err := p.store.ReapExchange(ctx); err != nil && ctx.Err() == nil {
				p.log.Warn("jobs of the exchange not looked after", "error", err)
			}
			if err := p.ruleEnded(ctx); err != nil && ctx.Err() == nil {
				p.log.Warn("matches left without their verdicts", "error", err)
			}
		case <-meet.C:
			at := time.Now()
			if err := p.MeetNew(ctx, met); err != nil {
				if ctx.Err() == nil {
					p.log.Warn("new services not met with received documents", "error", err)
				}
				continue
			}
			met = at
		case <-remind.C:
			if err := p.remind(ctx, raised); err != nil && ctx.Err() == nil {
				p.log.Warn("no reminders", "error", err)
			}
		}
	}
}

// serve opens the door for peers, where one is configured.
func (p *peers) serve(ctx context.Context, g *errgroup.Group) error {
	x := p.cfg.Exchange
	if x.Listen == "" {
		return nil
	}
	handler, err := p.door()
	if err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", x.Listen)
	if err != nil {
		return fmt.Errorf("listen on exchange.listen: %w", err)
	}
	server := &http.Server{
		Handler: queueUp(handler, newCrowd(maxInHand), crowdPatience), HTTP2: &http.HTTP2Config{MaxConcurrentStreams: 2 * maxInHand},
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, WriteTimeout: 5 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
	tlsConfig := &tls.Config{
		Certificates: []tls.Certificate{*p.cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		// Whose a certificate is, its pinned fingerprint says, and no authority.
		ClientAuth: tls.RequestClientCert,
	}
	serveAt(ctx, g, server, tls.NewListener(crowdListener{ln, newCrowd(maxConnections)}, tlsConfig))
	return nil
}

// door serves what was released: as a CSAF provider, by TAXII, and as a MISP
// feed.
func (p *peers) door() (http.Handler, error) {
	keys, err := p.OurKeys(context.Background())
	if err != nil {
		return nil, err
	}
	identify := provider.Identify(p.store)
	steps := pace.New(50, 2000, time.Now) // of one caller at all three
	csafDoor, err := provider.Handler(p.store, provider.Options{
		URL: p.cfg.Exchange.URL, Publisher: p.publisher(), Keys: keys, Contact: p.cfg.Exchange.Contact,
		List: p.cfg.Exchange.Aggregators != "none", Mirror: p.cfg.Exchange.Aggregators == "mirror",
		Identify: identify, Pace: steps, Now: time.Now, Log: p.log,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/.well-known/", csafDoor)
	mux.Handle(taxii.Prefix, taxii.Handler(p.store, taxii.Options{
		Title: p.cfg.Publisher.Name, Contact: p.cfg.Exchange.Contact, URL: p.cfg.Exchange.URL, Key: p.keys.secret,
		Identify: identify, Pace: steps, Now: time.Now, Log: p.log,
	}))
	mux.Handle("/misp/", mispfeed.Handler(p.store, mispfeed.Options{Identify: identify, Pace: steps, Now: time.Now, Log: p.log}))
	return mux, nil
}
