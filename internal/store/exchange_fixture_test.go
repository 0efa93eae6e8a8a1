package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// team is a confirmed peer.
func (w *world) team(name, country string) exchange.Team {
	w.t.Helper()
	return must(w.CreateTeam(w.t.Context(), "mara", exchange.Team{
		Name: name, Country: country, State: exchange.TeamConfirmed, TimeZone: "UTC",
		Namespaces: []string{"https://" + name + ".example"}, Contacts: []exchange.Contact{{Role: exchange.PointOfContact, Email: "poc@" + name + ".example"}},
		Profile: exchange.Profile{Organization: exchange.Coarsen},
	}))(w.t)
}

// terms let everything up to a label through all pull channels and one that
// we send.
func terms(ceiling advisory.TLP) exchange.Terms {
	return exchange.Terms{
		Categories: advisory.Categories(), Ceiling: ceiling, DefaultTLP: advisory.Amber, AckHours: 24,
		Channels: []exchange.Channel{exchange.ChannelCSAF, exchange.ChannelTAXII, exchange.ChannelMISP, exchange.ChannelMail},
	}
}

// agree signs an agreement with a team, from start for a year.
func (w *world) agree(team exchange.TeamID, reference string) exchange.Agreement {
	w.t.Helper()
	a := must(w.CreateAgreement(w.t.Context(), "mara", exchange.Agreement{
		Team: team, Reference: reference, EffectiveAt: start, ExpiresAt: start.AddDate(1, 0, 0), NoticeDays: 90,
		Ours: exchange.Party{Authority: "Ministry", CERT: "CERT A"}, Theirs: exchange.Party{Authority: "Agency", CERT: "CERT B"},
		Give: terms(advisory.Amber), Take: terms(advisory.Amber), Themes: []exchange.Theme{exchange.ThemeCII},
	}))(w.t)
	return must(w.SignAgreement(w.t.Context(), "mara", a.ID, start.Add(-time.Hour), "mou.pdf", []byte("signed text of "+reference)))(w.t)
}

// approved is an advisory by ada, approved by mara.
func (w *world) approved(title string, tlp advisory.TLP, category advisory.Category) advisory.Advisory {
	w.t.Helper()
	cves := map[advisory.Category][]string{advisory.Vulnerability: {"CVE-2026-0001"}}
	a := must(w.CreateAdvisory(w.t.Context(), "ada", advisory.Advisory{
		Category: category, TLP: tlp, Title: title, Summary: "Something is open.", Impact: "It can be read.", Fix: "Close it.",
		Severity: inventory.SeverityHigh, CVEs: cves[category], History: []advisory.Change{{Revision: 1, At: w.clock.now(), By: "ada", Summary: "First version."}},
	}))(w.t)
	a = must(w.SubmitAdvisory(w.t.Context(), "ada", a.ID))(w.t)
	if advisory.NeedsLegal(a) {
		must(w.ApproveLegal(w.t.Context(), "lex", a.ID))(w.t)
	}
	return must(w.ApproveAdvisory(w.t.Context(), "mara", a.ID))(w.t)
}

// revise is an approved next revision of what was released, with another label.
func (w *world) revise(id advisory.ID, tlp advisory.TLP) {
	w.t.Helper()
	ctx := w.t.Context()
	must(w.ReviseAdvisory(ctx, "ada", id, func(a advisory.Advisory) (advisory.Advisory, error) {
		a, err := advisory.Revise(a, "ada", "Once more.", w.clock.now())
		a.TLP = tlp
		return a, err
	}))(w.t)
	must(w.SubmitAdvisory(ctx, "ada", id))(w.t)
	must(w.ApproveAdvisory(ctx, "mara", id))(w.t)
}

// pen writes what a gate that allows everything would have written.
func pen(r exchange.Release, a advisory.Advisory, at time.Time) (exchange.Release, error) {
	r.Clause = "allowed by the test"
	name := fmt.Sprintf("%s.json", a.ID)
	for _, f := range []exchange.Format{exchange.FormatCSAF, exchange.FormatSTIX, exchange.FormatMISP} {
		r.Files = append(r.Files, exchange.File{
			Format: f, Name: name, MediaType: "application/json", Bytes: fmt.Appendf(nil, "%s %s %d for %q at %s", f, a.Title, a.Revision, r.Team, at),
		})
	}
	r.Objects = []exchange.TAXIIObject{
		{ID: "identity--1", Type: "identity", Modified: start.AddDate(-1, 0, 0), SpecVersion: "2.1", Raw: []byte(`{"us":1}`)},
		{ID: "report--" + string(a.ID), Type: "report", Modified: at, SpecVersion: "2.1", Raw: fmt.Appendf(nil, `{"rev":%d}`, a.Revision)},
		{ID: "domain-name--" + string(a.ID), Type: "domain-name", SpecVersion: "2.1", Raw: []byte(`{}`)},
	}
	return r, nil
}

// release lets an advisory out to a team, or with "" to everybody.
func (w *world) release(a advisory.ID, team exchange.TeamID) exchange.Release {
	w.t.Helper()
	r := must(w.RequestRelease(w.t.Context(), "rita", exchange.Release{Advisory: a, Team: team, Reason: "they have it, too"}))(w.t)
	return must(w.ApproveRelease(w.t.Context(), "omar", r.ID, pen))(w.t)
}

// titles lists what a caller may fetch as CSAF.
func (w *world) titles(team exchange.TeamID) []string {
	w.t.Helper()
	pubs := must(w.Published(w.t.Context(), exchange.Caller{Team: team}, exchange.FormatCSAF))(w.t)
	out := []string{}
	for _, p := range pubs {
		if p.File.Bytes != nil {
			w.t.Error("a listing has a file's bytes")
		}
		out = append(out, p.Title)
	}
	slices.Sort(out)
	return out
}

func wantTitles(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: published %q, want %q", what, got, want)
	}
}

// received is a document in order, as its examination hands it over.
func received(team exchange.TeamID, id, version string) exchange.Inbound {
	return exchange.Inbound{
		Team: team, Channel: exchange.ChannelCSAF, Name: id + ".json", MediaType: "application/json", Signature: exchange.SignatureGood,
		SignedBy: "AB", State: exchange.InboundAccepted, Reason: "in order",
		Document: exchange.Document{
			Format: "csaf", TrackingID: id, Namespace: "https://b.example", Version: version, Title: "Theirs", Category: advisory.Vulnerability,
			TLP: advisory.Green, Labelled: true, CVEs: []string{"CVE-2026-0001"},
		},
	}
}
