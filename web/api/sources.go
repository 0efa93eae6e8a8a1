package api

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// usualEvery is how often a source is polled unless somebody says otherwise;
// longestEvery still notices within a day that it went silent.
const (
	usualEvery   = 15 * time.Minute
	longestEvery = 24 * time.Hour
)

func (s *server) registerSources() {
	handle(s, "list-sources", "GET /sources", "List the feeds of peers that are polled", s.listSources)
	handle(s, "create-source", "POST /sources", "Poll a feed of a peer", s.createSource, creates)
	handle(s, "pause-source", "POST /sources/{id}/pause", "Stop polling a feed", s.pauseSource)
	handle(s, "resume-source", "POST /sources/{id}/resume", "Poll a feed again", s.resumeSource)
	handle(s, "poll-source", "POST /sources/{id}/poll", "Poll a feed now, as soon as a job is free", s.pollSource)
}

func (s *server) listSources(ctx context.Context, in *PeerQuery) (*body[wire.List[wire.Source]], error) {
	all, err := s.Sources.Sources(ctx, exchange.TeamID(in.Peer))
	if err != nil {
		return nil, err
	}
	return answer(wire.List[wire.Source]{Items: convert(all, source)}), nil
}

func (s *server) createSource(ctx context.Context, in *body[wire.NewSource]) (*created[wire.Source], error) {
	src, err := newSource(in.Body)
	if err != nil {
		return nil, err
	}
	if _, err := s.Teams.Team(ctx, src.Team); err != nil {
		return nil, err
	}
	if src, err = s.Sources.CreateSource(ctx, who(ctx), src); err != nil {
		return nil, err
	}
	return newObject("sources", string(src.ID), source(src)), nil
}

// newSource reads a feed, or says all that is wrong with it.
func newSource(n wire.NewSource) (exchange.Source, error) {
	src := exchange.Source{
		Team: exchange.TeamID(n.PeerID), Channel: exchange.Channel(n.Channel), URL: strings.TrimSpace(n.URL), Hosts: []string{},
		APIKey: strings.TrimSpace(n.APIKey), User: n.User, CA: n.CA,
	}
	var errs []error
	u, err := url.Parse(src.URL)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil:
		errs = append(errs, mistake("url", n.URL, "not a web address", "write it like https://cert.example.org/.well-known/csaf/provider-metadata.json"))
	case u.Scheme == "http" && src.APIKey != "":
		errs = append(errs, mistake("url", n.URL, "would send the key in the clear", "use the https address"))
	}
	for _, h := range n.Hosts {
		if h = strings.ToLower(strings.TrimSpace(h)); h == "" || strings.ContainsAny(h, "/@ *") {
			errs = append(errs, mistake("hosts", h, "not the name of a host", "write it like static.example.org, without https://"))
		}
		src.Hosts = append(src.Hosts, h)
	}
	if n.User != "" && src.APIKey == "" {
		errs = append(errs, mistake("api_key", "", "is missing", "a user needs the key that they gave us as its password"))
	}
	if n.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(n.CA)) {
		errs = append(errs, mistake("ca", "", "holds no PEM certificate", "give the file that begins with BEGIN CERTIFICATE"))
	}
	if src.Every, err = time.ParseDuration(cmp.Or(n.Every, usualEvery.String())); err != nil || src.Every <= 0 || src.Every > longestEvery {
		errs = append(errs, mistake("every", n.Every, "not a time of at most a day", "write it like 15m or 1h"))
	}
	return src, errors.Join(errs...)
}

func (s *server) pauseSource(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, s.Sources.PauseSource(ctx, who(ctx), exchange.SourceID(in.ID), true)
}

func (s *server) resumeSource(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, s.Sources.PauseSource(ctx, who(ctx), exchange.SourceID(in.ID), false)
}

func (s *server) pollSource(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, s.Sources.PollSource(ctx, who(ctx), exchange.SourceID(in.ID))
}

// source shows a feed without its secret, which never comes out again.
func source(x exchange.Source) wire.Source {
	return wire.Source{
		ID: string(x.ID), PeerID: string(x.Team), Channel: string(x.Channel), URL: x.URL, Hosts: words(x.Hosts), User: x.User,
		HasAPIKey: x.APIKey != "", HasCA: x.CA != "", Every: x.Every.String(), Paused: x.Paused,
		LastTry: utc(x.LastTry), LastGood: utc(x.LastGood), LastError: inventory.CleanText(x.LastError, 1000),
		NextAt: some(x.NextAt), CreatedAt: x.CreatedAt.UTC(),
	}
}
