package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// meet lets each CERT note the other and pin its keys. Beta comes to Alpha
// with its certificate, Alpha to Beta with an API key.
func (s *scenario) meet(ctx context.Context) error {
	for _, pair := range [][2]*cert{{s.alpha, s.beta}, {s.beta, s.alpha}} {
		c, other := pair[0], pair[1]
		id, err := s.introduce(ctx, c, peerOf(other))
		if err != nil {
			return err
		}
		c.peer = id
		if err := s.pinOpenPGP(ctx, c, id, other.metadata()); err != nil {
			return err
		}
	}
	why, err := s.pin(ctx, s.alpha, s.alpha.peer, "--certificate", s.beta.tlsCert)
	if err != nil {
		return err
	}
	s.note("the same person confirms a key", why)
	return nil
}

// A party is what is known of a team before anything is proven.
type party struct{ name, country, zone, namespace, contact string }

func peerOf(c *cert) party { return party{c.name, c.country, c.zone, c.namespace, c.contact} }

// introduce notes a team, which the deputy confirms.
func (s *scenario) introduce(ctx context.Context, c *cert, p party) (id string, err error) {
	var peer wire.Peer
	if err := c.CLI.Run(ctx, &peer, "peer", "add", "--name", p.name, "--country", p.country, "--time-zone", p.zone, "--language", "en",
		"--namespace", p.namespace, "--contact", "exchange,Exchange desk,"+p.contact, "--contact", "poc_24x7,Duty officer,"+p.contact); err != nil {
		return "", err
	}
	return peer.ID, c.deputy.Run(ctx, nil, "peer", "confirm", peer.ID)
}

// pinOpenPGP pins the key that a provider announces, after somebody has
// compared its fingerprint.
func (s *scenario) pinOpenPGP(ctx context.Context, c *cert, peer, metadata string) error {
	fingerprint, armored, err := s.announcedKey(ctx, metadata)
	if err != nil {
		return err
	}
	path, err := c.write(strings.ToLower(peer)+"-openpgp.asc", armored)
	if err != nil {
		return err
	}
	_, err = s.pin(ctx, c, peer, "--openpgp", path, "--fingerprint", fingerprint)
	return err
}

// pin asks to trust a key; the deputy confirms. It returns why the one who
// asks may not.
func (s *scenario) pin(ctx context.Context, c *cert, peer, flag, path string, more ...string) (why string, err error) {
	var change wire.KeyChange
	args := append([]string{
		"peer", "key", "add", peer, flag, c.p.Shown(path), "--verified-by", "analyst",
		"--how", "read out by telephone, annex B of the MoU", "--reason", "first key",
	}, more...)
	if err := c.CLI.Run(ctx, &change, args...); err != nil {
		return "", err
	}
	why = refused(ctx, c.CLI, "peer", "key", "confirm", change.ID)
	return why, c.deputy.Run(ctx, nil, "peer", "key", "confirm", change.ID)
}

// announcedKey fetches the key that a provider's metadata names.
func (s *scenario) announcedKey(ctx context.Context, metadata string) (fingerprint string, armored []byte, err error) {
	raw, err := s.get(ctx, metadata)
	if err != nil {
		return "", nil, err
	}
	var doc struct {
		Keys []struct {
			Fingerprint string `json:"fingerprint"`
			URL         string `json:"url"`
		} `json:"public_openpgp_keys"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return "", nil, fmt.Errorf("read %s: %w", metadata, err)
	}
	if len(doc.Keys) != 1 {
		return "", nil, fmt.Errorf("%s announces %d keys, want 1", metadata, len(doc.Keys))
	}
	armored, err = s.get(ctx, doc.Keys[0].URL)
	return doc.Keys[0].Fingerprint, armored, err
}

// get fetches something as a stranger who trusts the authority.
func (s *scenario) get(ctx context.Context, url string) ([]byte, error) {
	_, body, err := s.fetch(ctx, url, nil)
	return body, err
}

// fetch fetches something as whoever has the certificate; nil is a stranger.
// Whatever the server answers is no error; a stranger who is refused has
// nothing.
func (s *scenario) fetch(ctx context.Context, url string, own *cert) (status int, body []byte, err error) {
	conf := &tls.Config{RootCAs: s.ca.pool(), MinVersion: tls.VersionTLS12}
	if own != nil {
		pair, err := tls.LoadX509KeyPair(own.tlsCert, own.tlsKey)
		if err != nil {
			return 0, nil, fmt.Errorf("load the certificate of %s: %w", own.name, err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	transport := &http.Transport{TLSClientConfig: conf}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, fmt.Errorf("fetch %s: %w", url, err)
	}
	if strings.Contains(url, "/taxii2/") {
		req.Header.Set("Accept", "application/taxii+json;version=2.1")
	}
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("fetch %s: %w", url, err)
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, 10<<20))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return 0, nil, fmt.Errorf("fetch %s: %w", url, err)
	}
	return resp.StatusCode, body, nil
}

// agree signs the same agreement on both sides, each as it sees it, and tells
// each where the other's documents are.
func (s *scenario) agree(ctx context.Context) error {
	now := time.Now().UTC()
	if err := s.sign(ctx, "MoU 2026/4", span{now.AddDate(0, 0, -1), now.AddDate(5, 0, -1)}); err != nil {
		return err
	}
	key, err := s.givenKey(ctx)
	if err != nil {
		return err
	}
	ca := s.beta.p.Shown(s.ca.file())
	var source wire.Source
	if err := s.beta.CLI.Run(ctx, &source, "peer", "source", "add", s.beta.peer, "--channel", "csaf", "--url", s.alpha.metadata(), "--ca", ca, "--every", "10s"); err != nil {
		return err
	}
	s.csafSource = source.ID
	// Alpha's TAXII server, for its inbox: answers go there.
	if err := s.beta.CLI.Run(ctx, nil, "peer", "source", "add", s.beta.peer, "--channel", "taxii", "--url", s.alpha.url()+"/taxii2/", "--ca", ca, "--every", "1h"); err != nil {
		return err
	}
	return s.alpha.CLI.Run(ctx, nil, "peer", "source", "add", s.alpha.peer, "--channel", "csaf", "--url", s.beta.metadata(), "--ca", ca,
		"--every", "10s", "--api-key-file", s.alpha.p.Shown(key))
}

// givenKey is an API key that Beta gives to Alpha, who keeps it in a file.
func (s *scenario) givenKey(ctx context.Context) (path string, err error) {
	var secret wire.PeerSecret
	if err := s.beta.CLI.Run(ctx, &secret, "peer", "apikey", "add", s.beta.peer, "--name", "feeds",
		"--until", time.Now().UTC().AddDate(1, 0, 0).Format(time.DateOnly)); err != nil {
		return "", err
	}
	return s.alpha.write("beta-api.key", []byte(secret.Secret+"\n"))
}

// sign signs an agreement between Alpha and Beta for a span.
func (s *scenario) sign(ctx context.Context, reference string, t span) error {
	for _, pair := range [][2]*cert{{s.alpha, s.beta}, {s.beta, s.alpha}} {
		c, other := pair[0], pair[1]
		id, err := s.signOne(ctx, c, counterpart{c.peer, other.name}, reference, t)
		if err != nil {
			return err
		}
		c.agreement = id
	}
	return nil
}

type (
	counterpart struct{ id, name string }
	span        struct{ from, until time.Time }
)

// signOne signs an agreement at one CERT.
func (s *scenario) signOne(ctx context.Context, c *cert, with counterpart, reference string, t span) (id string, err error) {
	terms := wire.Terms{
		Categories: []string{"vulnerability", "exposure", "statistics"}, Ceiling: "amber", DefaultTLP: "amber", Onward: "constituents",
		AckHours: 72, Channels: []string{"csaf", "taxii", "misp", "mail", "bundle", "push"}, AutoAccept: true,
	}
	draft, err := json.MarshalIndent(wire.NewAgreement{
		Team: with.id, Reference: reference, Title: "Cooperation in cyber security",
		Ours:        wire.Party{Authority: "Ministry of " + c.country, CERT: c.name, LegalBasis: "Act of " + c.country},
		Theirs:      wire.Party{Authority: "Ministry of the other side", CERT: with.name, LegalBasis: "Its act"},
		EffectiveAt: t.from.Format(time.RFC3339), ExpiresAt: t.until.Format(time.RFC3339),
		Reciprocity: "equality, reciprocity and mutual benefits", Give: terms, Take: terms,
		Committee: []wire.Member{{Side: "ours", Name: "Chair of " + c.name}, {Side: "theirs", Name: "Chair of " + with.name}},
		Themes:    []string{"information_exchange", "cii_protection"},
	}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write the agreement: %w", err)
	}
	name := strings.NewReplacer(" ", "-", "/", "-").Replace(strings.ToLower(reference))
	file, err := c.write(name+".json", draft)
	if err != nil {
		return "", err
	}
	text, err := c.write(name+".txt", fmt.Appendf(nil, "%s\nbetween %s and %s\n\nSigned by both.\n", reference, c.name, with.name))
	if err != nil {
		return "", err
	}
	var a wire.Agreement
	if err := c.CLI.Run(ctx, &a, "agreement", "add", "--file", c.p.Shown(file)); err != nil {
		return "", err
	}
	if err := c.CLI.Run(ctx, &a, "agreement", "sign", a.ID, "--document", c.p.Shown(text)); err != nil {
		return "", err
	}
	s.note("agreement "+reference+" at "+c.name, a.State)
	return a.ID, nil
}

// folder makes a folder for files that a step writes.
func (s *scenario) folder(name string) string { return filepath.Join(s.p.Dir, name) }
