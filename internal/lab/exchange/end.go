package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// withdraw takes the warning back. Beta follows, and its word that it did
// arrives at Alpha.
func (s *scenario) withdraw(ctx context.Context) error {
	line, err := s.confirmed(ctx, s.released)
	if err != nil {
		return err
	}
	s.note("the warning's release at Alpha", line)
	if err := s.alpha.CLI.Run(ctx, nil, "advisory", "withdraw", s.warning, "--reason", "The caches were a test of the maker's."); err != nil {
		return err
	}
	asked, err := list[wire.Release](ctx, s.alpha.CLI, "release", "list", "--advisory", s.warning, "--state", "requested")
	if err != nil {
		return err
	}
	if len(asked) != 1 {
		return fmt.Errorf("%d releases of the withdrawal wait for approval, want 1", len(asked))
	}
	if err := s.alpha.deputy.Run(ctx, nil, "release", "approve", asked[0].ID); err != nil {
		return err
	}
	gone, err := s.arrived(ctx, s.beta, s.warning, "withdrawn")
	if err != nil {
		return err
	}
	s.note("the warning at Beta after its withdrawal", gone.State)
	if err := eventually(ctx, "Beta's word on the withdrawal", func() (bool, error) {
		var r wire.ReleaseDetail
		err := quietly(s.alpha.CLI).Run(ctx, &r, "release", "show", asked[0].ID)
		return r.Confirmed, err
	}); err != nil {
		return err
	}
	if line, err = s.confirmed(ctx, asked[0].ID); err != nil {
		return err
	}
	s.note("the withdrawal's release at Alpha", line)
	return s.loseBundle(ctx)
}

// minute is how long the last agreement is in force.
const minute = time.Minute

// expire ends the agreement, which stops everything at once, and signs
// another that ends by itself while Beta watches.
func (s *scenario) expire(ctx context.Context) error {
	if err := s.noteVisible(ctx, "with the agreement"); err != nil {
		return err
	}
	for _, c := range []*cert{s.alpha, s.beta} {
		if err := c.CLI.Run(ctx, nil, "agreement", "terminate", c.agreement, "--reason", "MoU 2026/9 takes its place"); err != nil {
			return err
		}
	}
	if err := s.noteVisible(ctx, "after its end"); err != nil {
		return err
	}
	until := time.Now().UTC().Add(minute).Truncate(time.Second)
	if err := s.sign(ctx, "MoU 2026/9", span{until.Add(-minute), until}); err != nil {
		return err
	}
	var draft wire.Advisory
	if err := s.alpha.CLI.Run(ctx, &draft, "advisory", "draft", "--check", "cii-memcached-open", "--tlp", "green"); err != nil {
		return err
	}
	if err := s.approve(ctx, s.alpha, draft.ID); err != nil {
		return err
	}
	if _, err := s.letOut(ctx, s.alpha, draft.ID, "--peer", s.alpha.peer); err != nil {
		return err
	}
	if err := s.noteVisible(ctx, "with one for a minute"); err != nil {
		return err
	}
	if err := s.bundleAfterLost(ctx); err != nil {
		return err
	}
	if left := time.Until(until); left <= 0 {
		return fmt.Errorf("this machine took %s too long for what had to be done within a minute", -left)
	}
	s.say("waiting for %s", until.Format(time.TimeOnly))
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(time.Until(until)):
	}
	return s.afterExpiry(ctx, draft.ID)
}

// afterExpiry looks, at the moment of the end, at what is still there.
func (s *scenario) afterExpiry(ctx context.Context, advisory string) error {
	if err := s.noteVisible(ctx, "the moment it is over"); err != nil {
		return err
	}
	why := refused(ctx, s.alpha.CLI, "release", "preview", advisory, "--peer", s.alpha.peer)
	s.note("preview when the agreement is over", clauseOf(why))
	if err := s.download(ctx, "csaf_downloader as Beta when it is over", "downloaded-late", "--client_cert="+s.beta.tlsCert, "--client_key="+s.beta.tlsKey); err != nil {
		return err
	}
	return s.pollInVain(ctx)
}

// pollInVain lets Beta fetch once more.
func (s *scenario) pollInVain(ctx context.Context) error {
	before, err := list[wire.Inbound](ctx, s.beta.CLI, "inbox", "list")
	if err != nil {
		return err
	}
	asked := time.Now()
	if err := s.beta.CLI.Run(ctx, nil, "peer", "source", "poll", s.csafSource); err != nil {
		return err
	}
	quiet := quietly(s.beta.CLI)
	if err := eventually(ctx, "Beta has read Alpha's feed once more", func() (bool, error) {
		sources, err := list[wire.Source](ctx, quiet, "peer", "source", "list")
		return slices.ContainsFunc(sources, func(x wire.Source) bool {
			return x.ID == s.csafSource && x.LastGood != nil && x.LastGood.After(asked)
		}), err
	}); err != nil {
		return err
	}
	after, err := list[wire.Inbound](ctx, s.beta.CLI, "inbox", "list")
	s.note("documents that Beta's next fetch brings", strconv.Itoa(len(after)-len(before)))
	return err
}

// noteVisible notes how many documents Beta and a stranger see at each of
// Alpha's doors.
func (s *scenario) noteVisible(ctx context.Context, when string) error {
	for _, who := range []struct {
		name string
		own  *cert
	}{{"Beta", s.beta}, {"a stranger", nil}} {
		line, err := s.visible(ctx, who.own)
		if err != nil {
			return err
		}
		s.note(who.name+" sees "+when, line)
	}
	return nil
}

// visible counts what somebody sees: documents of the CSAF feeds, reports of
// the TAXII collections, and events of the MISP feed.
func (s *scenario) visible(ctx context.Context, own *cert) (string, error) {
	documents, err := s.csafDocuments(ctx, own)
	if err != nil {
		return "", err
	}
	reports, err := s.taxiiReports(ctx, own)
	if err != nil {
		return "", err
	}
	var manifest map[string]json.RawMessage
	if err := s.decode(ctx, s.alpha.url()+"/misp/manifest.json", own, &manifest); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d by CSAF, %d by TAXII, %d by MISP", documents, reports, len(manifest)), nil
}

func (s *scenario) decode(ctx context.Context, url string, own *cert, v any) error {
	status, body, err := s.fetch(ctx, url, own)
	if err != nil {
		return err
	}
	if status != 200 {
		return fmt.Errorf("fetch %s: status %d", url, status)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("read %s: %w", url, err)
	}
	return nil
}

// csafDocuments counts the documents of every feed that the metadata shows.
func (s *scenario) csafDocuments(ctx context.Context, own *cert) (n int, err error) {
	var metadata struct {
		Distributions []struct {
			Rolie struct {
				Feeds []struct {
					URL string `json:"url"`
				} `json:"feeds"`
			} `json:"rolie"`
		} `json:"distributions"`
	}
	if err := s.decode(ctx, s.alpha.metadata(), own, &metadata); err != nil {
		return 0, err
	}
	for _, d := range metadata.Distributions {
		for _, f := range d.Rolie.Feeds {
			var feed struct {
				Feed struct {
					Entry []json.RawMessage `json:"entry"`
				} `json:"feed"`
			}
			if err := s.decode(ctx, f.URL, own, &feed); err != nil {
				return 0, err
			}
			n += len(feed.Feed.Entry)
		}
	}
	return n, nil
}

// taxiiReports counts the reports, one for each advisory, in every collection
// that may be read.
func (s *scenario) taxiiReports(ctx context.Context, own *cert) (n int, err error) {
	var discovery struct {
		Roots []string `json:"api_roots"`
	}
	if err := s.decode(ctx, s.alpha.url()+"/taxii2/", own, &discovery); err != nil {
		return 0, err
	}
	seen := map[string]bool{}
	for _, root := range discovery.Roots {
		if strings.HasPrefix(root, "/") {
			root = s.alpha.url() + root
		}
		var collections struct {
			Collections []struct {
				ID      string `json:"id"`
				CanRead bool   `json:"can_read"`
			} `json:"collections"`
		}
		if err := s.decode(ctx, root+"collections/", own, &collections); err != nil {
			return 0, err
		}
		for _, c := range collections.Collections {
			if !c.CanRead {
				continue
			}
			var envelope struct {
				Objects []struct {
					ID string `json:"id"`
				} `json:"objects"`
			}
			if err := s.decode(ctx, root+"collections/"+c.ID+"/objects/?match[type]=report", own, &envelope); err != nil {
				return 0, err
			}
			for _, o := range envelope.Objects {
				seen[o.ID] = true
			}
		}
	}
	return len(seen), nil
}

// clauseOf drops what differs from run to run: ids and moments.
func clauseOf(why string) string {
	before, _, _ := strings.Cut(why, " at 20")
	return before
}
