package release

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/exchange/pgp/pgptest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/csaf"
	"github.com/ciiscan/ciiscan/reports/stix"
	"github.com/google/go-cmp/cmp"
)

var day = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// register is what the fake store knows.
type register struct {
	teams      map[exchange.TeamID]exchange.Team
	agreements map[exchange.AgreementID]exchange.Agreement
	forbidden  []string
	assets     map[inventory.AssetID]inventory.Asset // nil: those of the fixtures, as they were
	pubs       []exchange.Publication
	err        error
}

func (r *register) Team(_ context.Context, id exchange.TeamID) (exchange.Team, error) {
	t, ok := r.teams[id]
	if !ok {
		return t, inventory.ErrNotFound
	}
	return t, r.err
}

func (r *register) Agreement(_ context.Context, id exchange.AgreementID) (exchange.Agreement, error) {
	return r.agreements[id], r.err
}

func (r *register) Forbidden(context.Context) ([]string, error) { return r.forbidden, r.err }

func (r *register) AssetsByID(_ context.Context, ids []inventory.AssetID) (map[inventory.AssetID]inventory.Asset, error) {
	if r.assets != nil {
		return r.assets, r.err
	}
	out := map[inventory.AssetID]inventory.Asset{}
	for _, x := range append(affected(), waterboards()...) {
		out[x.Asset] = inventory.Asset{ID: x.Asset, Org: x.Org, Consent: x.Consent}
	}
	return out, r.err
}

func (r *register) Published(context.Context, exchange.Caller, exchange.Format) ([]exchange.Publication, error) {
	return r.pubs, r.err
}

type fakeSigner struct{ err error }

func (s fakeSigner) Sign(b []byte) (string, error) {
	return fmt.Sprintf("signed %d bytes", len(b)), s.err
}
func (s fakeSigner) Fingerprint() string { return "F" }

func service() (*Service, *register) {
	home := exchange.Team{
		ID: "TEAM-1", Name: "Sri Lanka CERT", Country: "LK", State: exchange.TeamConfirmed,
		Profile: every(exchange.Keep), Contacts: []exchange.Contact{{Role: exchange.LawEnforcement, Email: "police@lk.example"}},
		Keys: []exchange.Key{{Fingerprint: "A", ValidFrom: day.AddDate(-1, 0, 0)}},
	}
	abroad := home
	abroad.ID, abroad.Name, abroad.Country = "TEAM-2", "CERT-In", "IN"
	r := &register{teams: map[exchange.TeamID]exchange.Team{}, agreements: map[exchange.AgreementID]exchange.Agreement{}}
	for i, t := range []exchange.Team{home, abroad} {
		id := exchange.AgreementID(fmt.Sprintf("AGR-%d", i+1))
		r.teams[t.ID] = t
		r.agreements[id] = exchange.Agreement{
			ID: id, Team: t.ID, Reference: "MoU", State: exchange.AgreementActive,
			EffectiveAt: day.AddDate(-1, 0, 0), ExpiresAt: day.AddDate(4, 0, 0),
			Give: exchange.Terms{
				Categories: advisory.Categories(), Ceiling: advisory.Red, Victims: exchange.VictimsOwn, ReferralOK: true, Onward: exchange.OnwardNone,
				Channels: []exchange.Channel{exchange.ChannelCSAF, exchange.ChannelTAXII, exchange.ChannelMISP, exchange.ChannelMail},
			},
		}
	}
	r.forbidden = []string{"Uninvolved Petroleum Terminals", "vpn.uninvolved.lk", "203.0.113.200", "Main"}
	for _, x := range affected() {
		r.forbidden = append(r.forbidden, x.OrgName, x.Address, x.Hostname, x.Site)
	}
	s := &Service{
		Publisher: csaf.Publisher{Name: "Example CERT", Namespace: "https://cert.example", Contact: "soc@cert.example", URL: "https://cert.example/.well-known/csaf/"},
		Signer:    fakeSigner{}, Secret: []byte("0123456789abcdef"), Register: r, Shelf: r,
	}
	return s, r
}

func every(t exchange.Treatment) exchange.Profile {
	return exchange.Profile{Organization: t, Address: t, Hostname: t, Site: t, Sector: t, Evidence: t}
}

// affected are assets of all consents and several countries, with values that
// are hard to lose: in other scripts, as parts of each other, in evidence.
func affected() []advisory.Affected {
	row := func(n int, name, country, address, host, site, evidence string, c inventory.Consent) advisory.Affected {
		return advisory.Affected{
			Asset: inventory.AssetID(fmt.Sprintf("AST-90%d", n)), Org: inventory.OrganizationID(fmt.Sprintf("ORG-80%d", n)), OrgName: name, Sector: "energy",
			Country: country, Address: address, Port: "6379/tcp", Hostname: host, Site: site, Evidence: evidence, Consent: c,
		}
	}
	return []advisory.Affected{
		row(1, "Lankagrid Transmission", "LK", "192.0.2.7", "scada.lankagrid.lk", "Kotmale Switchyard", "redis 6.2 at 192.0.2.7\nrun_id of scada.lankagrid.lk", inventory.ConsentIdentified),
		row(2, "Ceylon Waterboard", "LK", "2001:db8:40::7", "pumps.waterboard.lk", "Labugama Intake", "-NOAUTH from pumps.waterboard.lk", inventory.ConsentAnonymised),
		row(3, "Sīgiriya \"Telekom\" <&>", "LK", "198.51.100.23", "core.sigiriya-telekom.lk", "Dambulla Exchange", "banner SIGIRIYA-CORE-23 198.51.100.23", inventory.ConsentNone),
		row(4, "Bharat Kavach Railways", "IN", "203.0.113.66", "signals.kavach.in", "Itarsi Junction", "host signals.kavach.in", inventory.ConsentIdentified),
		row(5, "শক্তি বিতরণ কর্তৃপক্ষ", "BD", "203.0.113.99", "xn--54b7fta0cc.example", "Ashuganj Yard", "", inventory.ConsentAnonymised),
		row(6, "Thimphu Hydro Works", "BT", "198.51.100.250", "gate.thimphuhydro.bt", "Chukha Dam", "", ""),
	}
}

func advisories() map[string]advisory.Advisory {
	base := advisory.Advisory{
		ID: "ADV-3", Revision: 1, State: advisory.Approved, Category: advisory.Exposure, TLP: advisory.Amber, Check: "exposed-redis",
		Title: "Redis store can be reached", Summary: "Seen on 6 systems.", Impact: "It gives its data to everyone.", Fix: "Set a password.",
		Severity: inventory.SeverityHigh, CWEs: []string{"CWE-306"}, References: []string{"https://redis.io/security"},
		Products: []advisory.Product{{Vendor: "redis", Name: "redis", Version: "6.2", CPE: "cpe:2.3:a:redis:redis:6.2:*:*:*:*:*:*:*"}},
		Reach:    advisory.Reach{Organizations: 6, Assets: 6}, Affected: affected(),
		Author: "nimalperera", Editors: []string{"kumarasiri"}, Approver: "sitawickrama", CreatedAt: day.AddDate(0, 0, -9), UpdatedAt: day.AddDate(0, 0, -8),
		History: []advisory.Change{{Revision: 1, At: day.AddDate(0, 0, -9), By: "nimalperera", Summary: "First version."}},
	}
	cve := base
	cve.Category, cve.CVEs, cve.TLP = advisory.Vulnerability, []string{"CVE-2022-0543"}, advisory.AmberStrict
	incident := base
	incident.Category, incident.TLP, incident.LegalBy = advisory.Incident, advisory.Red, "legalofficerjaya"
	withdrawn := base
	withdrawn.State, withdrawn.Revision, withdrawn.Approver = advisory.Withdrawn, 2, ""
	withdrawn.History = []advisory.Change{
		{Revision: 1, At: day.AddDate(0, 0, -9), By: "nimalperera", Summary: "First version.", Released: true},
		{Revision: 2, At: day.AddDate(0, 0, -1), By: "nimalperera", Summary: "Withdrawn: the check was wrong."},
	}
	return map[string]advisory.Advisory{"exposure": base, "cve": cve, "incident": incident, "withdrawn": withdrawn}
}

func public() advisory.Advisory {
	a := advisories()["exposure"]
	a.TLP, a.Affected = advisory.Clear, nil
	return a
}

func (r *register) ask(a advisory.Advisory, team exchange.TeamID, p exchange.Profile) Ask {
	ask := Ask{Advisory: a, Profile: p, By: "ruwanfernando", Approver: "anilagamage", Legal: a.LegalBy}
	if team != "" {
		t, g := r.teams[team], r.agreements[exchange.AgreementID("AGR"+strings.TrimPrefix(string(team), "TEAM"))]
		t.Profile = p
		ask.Team, ask.Agreement = &t, &g
	}
	return ask
}

// never lists, from the fixtures alone, what a team may not learn by a
// profile: the test's own reading of the rules.
func never(a advisory.Advisory, team *exchange.Team, p exchange.Profile) []string {
	out := []string{"nimalperera", "kumarasiri", "sitawickrama", "legalofficerjaya", "ruwanfernando", "anilagamage", "Uninvolved Petroleum Terminals", "203.0.113.200"}
	for _, x := range a.Affected {
		out = append(out, string(x.Asset), string(x.Org))
		mayName := team != nil && team.Country == x.Country && x.Consent == inventory.ConsentIdentified && a.State != advisory.Withdrawn
		told := ""
		for _, v := range []struct {
			t     exchange.Treatment
			value string
		}{{p.Organization, x.OrgName}, {p.Address, x.Address}, {p.Hostname, x.Hostname}, {p.Site, x.Site}, {p.Evidence, x.Evidence}} {
			if mayName && v.t == exchange.Keep {
				told += v.value + "\n"
			}
		}
		for _, v := range []string{x.OrgName, x.Address, x.Hostname, x.Site, x.Evidence} {
			if v != "" && !strings.Contains(told, v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// decoded is every string of a JSON document, one after the other.
func decoded(t *testing.T, raw []byte) string {
	t.Helper()
	var doc any
	if err := json.Unmarshal(raw, &doc); err != nil {
		return ""
	}
	var b strings.Builder
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			b.WriteString(v + "\n")
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for k, e := range v {
				b.WriteString(k + "\n")
				walk(e)
			}
		}
	}
	walk(doc)
	return b.String()
}

// plainly is all that a file says, in small letters: as it is and decoded.
func plainly(t *testing.T, raw []byte) string {
	return strings.ToLower(string(raw) + "\n" + decoded(t, raw))
}

// finds searches such a text in the plainest way for a value.
func finds(text, value string) bool {
	for _, v := range []string{value, base64.StdEncoding.EncodeToString([]byte(value)), strings.ReplaceAll(value, "\n", " ")} {
		if strings.Contains(text, strings.ToLower(v)) {
			return true
		}
	}
	return false
}

// TestNoDroppedValueLeaves is the core promise: whatever the profile, to
// whomever, in every format, nothing that redaction dropped is in the bytes.
func TestNoDroppedValueLeaves(t *testing.T) {
	s, r := service()
	previous := advisories()["exposure"]
	s.Previous = func(context.Context, advisory.Advisory, exchange.TeamID) (*advisory.Advisory, error) {
		return &previous, nil
	}
	profiles := []exchange.Profile{{}, every(exchange.Keep), every(exchange.Coarsen), every(exchange.Drop), every("nonsense")}
	words := []exchange.Treatment{exchange.Keep, exchange.Coarsen, exchange.Drop}
	chance := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		var p exchange.Profile
		for v, i := reflect.ValueOf(&p).Elem(), 0; i < v.NumField(); i++ {
			v.Field(i).SetString(string(words[chance.IntN(3)]))
		}
		profiles = append(profiles, p)
	}
	files, searched := 0, 0
	for kind, a := range advisories() {
		for _, team := range []exchange.TeamID{"", "TEAM-1", "TEAM-2"} {
			for _, p := range profiles {
				ask := r.ask(a, team, p)
				got, err := s.Preview(t.Context(), ask, day)
				if err != nil || got.Problem != "" || len(got.Files) < len(formats()) {
					t.Fatalf("%s for %q: %v %s, %d files", kind, team, err, got.Problem, len(got.Files))
				}
				if len(got.Leaks) > 0 {
					t.Errorf("%s for %q by %+v: leaks %v", kind, team, p, got.Leaks)
				}
				out, dropped := exchange.Redact(a, got.Profile, ask.Team, s.Secret)
				values := append(never(a, ask.Team, got.Profile), dropped...)
				for _, f := range got.Files {
					files++
					text := plainly(t, f.Bytes)
					for _, v := range values {
						searched++
						if finds(text, v) {
							t.Errorf("%s as %s for %q by %+v tells %q", kind, f.Format, team, p, v)
						}
					}
				}
				for _, o := range got.Objects {
					text := plainly(t, o.Raw)
					for _, v := range values {
						if finds(text, v) {
							t.Errorf("%s as object %s for %q by %+v tells %q", kind, o.Type, team, p, v)
						}
					}
				}
				if team == "TEAM-1" && p == every(exchange.Keep) && kind == "exposure" && !strings.Contains(string(got.Files[0].Bytes), "Lankagrid Transmission") {
					t.Errorf("what is kept for its own country is not told: %+v", out.Affected)
				}
			}
		}
	}
	t.Logf("searched %d files, %d times", files, searched)
}

// The search has teeth: a value that got in by another way is found in every
// format, and stops the release.
func TestLeaksAreFound(t *testing.T) {
	for reason, spoil := range map[string]func(*advisory.Advisory){
		"a name in the text":            func(a *advisory.Advisory) { a.Impact = "It stopped Lankagrid Transmission." },
		"in other letters":              func(a *advisory.Advisory) { a.Fix = "Ask LANKAGRID-TRANSMISSION." },
		"an address":                    func(a *advisory.Advisory) { a.Title = "Redis at 198.51.100.23 open" },
		"a host in a reference":         func(a *advisory.Advisory) { a.References = []string{"https://pumps.waterboard.lk/status"} },
		"somebody who is not concerned": func(a *advisory.Advisory) { a.Summary = "As before at vpn.uninvolved.lk." },
		"another script": func(a *advisory.Advisory) {
			a.Summary = "শক্তি বিতরণ কর্তৃপক্ষ ask for help."
		},
		"a name that JSON has to write around": func(a *advisory.Advisory) { a.Summary = `Seen at Sīgiriya "Telekom" <&>.` },
		"in the history":                       func(a *advisory.Advisory) { a.History[0].Summary = "Added 203.0.113.200." },
	} {
		s, r := service()
		a := advisories()["exposure"]
		a.History = slices.Clone(a.History)
		spoil(&a)
		got, err := s.Preview(t.Context(), r.ask(a, "TEAM-2", every(exchange.Drop)), day)
		if err != nil || len(got.Leaks) == 0 {
			t.Errorf("%s: no leak found, %v", reason, err)
		}
		_, err = s.Decide(t.Context())(requested(a, "TEAM-2"), a, day)
		if _, ok := errors.AsType[*exchange.RefusedError](err); !ok {
			t.Errorf("%s: Decide = %v, want a refusal", reason, err)
		}
	}
	s, r := service()
	a := advisories()["exposure"]
	a.Summary = "The main reason is the default setting." // a site is called Main
	if got, err := s.Preview(t.Context(), r.ask(a, "TEAM-2", every(exchange.Drop)), day); err != nil || len(got.Leaks) > 0 {
		t.Errorf("a common word is a leak: %v, %v", got.Leaks, err)
	}
	if !strings.Contains((Leak{File: "a.json", Value: "x", Form: "base64"}).String(), "a.json tells x (base64)") {
		t.Error("a leak does not read well")
	}
}

func requested(a advisory.Advisory, team exchange.TeamID) exchange.Release {
	r := exchange.Release{
		ID: "REL-1", Advisory: a.ID, Revision: a.Revision, Team: team, State: exchange.ReleaseRequested,
		RequestedBy: "ruwanfernando", ApprovedBy: "anilagamage",
	}
	if team != "" {
		r.Agreement = exchange.AgreementID("AGR" + strings.TrimPrefix(string(team), "TEAM"))
	}
	return r
}

// What a preview shows is what is released, to the byte.
func TestPreviewIsWhatLeaves(t *testing.T) {
	s, r := service()
	for kind, a := range advisories() {
		for _, team := range []exchange.TeamID{"TEAM-1", "TEAM-2"} {
			p, err := s.Preview(t.Context(), r.ask(a, team, every(exchange.Keep)), day)
			if err != nil || !p.Decision.Allowed {
				t.Fatalf("%s to %s: %+v, %v", kind, team, p.Decision, err)
			}
			got, err := s.Decide(t.Context())(requested(a, team), a, day)
			if err != nil {
				t.Fatalf("%s to %s: %v", kind, team, err)
			}
			unsigned := slices.Clone(got.Files)
			for i := range unsigned {
				if signed := unsigned[i].Signature != ""; signed != (unsigned[i].Format == exchange.FormatCSAF) {
					t.Errorf("%s: %s signed: %v", kind, unsigned[i].Format, signed)
				}
				unsigned[i].Signature = ""
			}
			if diff := cmp.Diff(p.Files, unsigned); diff != "" {
				t.Errorf("%s to %s: preview and release differ:\n%s", kind, team, diff)
			}
			if diff := cmp.Diff(p.Objects, got.Objects); diff != "" {
				t.Errorf("%s to %s: objects differ:\n%s", kind, team, diff)
			}
			if got.TLP != a.TLP || got.Category != a.Category || got.Clause == "" || got.Withdrawal != (kind == "withdrawn") || got.LegalBy != a.LegalBy {
				t.Errorf("%s to %s: %+v", kind, team, got)
			}
			if len(a.Affected) > 0 && len(p.Diff) == 0 {
				t.Errorf("%s to %s: no difference is shown, and somebody was left out", kind, team)
			}
		}
	}
}

func TestPublic(t *testing.T) {
	s, r := service()
	a := public()
	got, err := s.Decide(t.Context())(requested(a, ""), a, day)
	if err != nil || got.TLP != advisory.Clear {
		t.Fatalf("Decide for everybody = %+v, %v", got, err)
	}
	var doc struct {
		Document struct {
			References []struct{ Category, URL string }
			Tracking   struct {
				Current string `json:"current_release_date"`
				Initial string `json:"initial_release_date"`
			}
		}
	}
	if err := json.Unmarshal(got.Files[0].Bytes, &doc); err != nil {
		t.Fatal(err)
	}
	if d := doc.Document; d.Tracking.Current != "2026-11-22T10:00:00Z" || d.Tracking.Initial != d.Tracking.Current ||
		d.References[0].URL != "https://cert.example/.well-known/csaf/white/2026/adv-3.json" {
		t.Errorf("document = %+v, want the instant and the address of this release", d)
	}
	if !strings.Contains(string(got.Files[1].Bytes), "https://cert.example/.well-known/csaf/white/2026/adv-3.json") {
		t.Error("the STIX bundle does not name the CSAF document")
	}
	a.Affected = affected() // for everybody they vanish
	p, err := s.Preview(t.Context(), r.ask(a, "", exchange.Profile{}), day)
	if err != nil || !p.Decision.Allowed || len(p.Leaks) > 0 {
		t.Errorf("preview for everybody = %+v, %v, %v", p.Decision, p.Leaks, err)
	}
}

func TestDecideRefuses(t *testing.T) {
	for reason, c := range map[string]struct {
		want   error
		change func(*Service, *register, *exchange.Release, *advisory.Advisory)
	}{
		"nobody approves": {inventory.ErrForbidden, func(_ *Service, _ *register, r *exchange.Release, _ *advisory.Advisory) { r.ApprovedBy = "" }},
		"agreement expired": {inventory.ErrForbidden, func(_ *Service, r *register, _ *exchange.Release, _ *advisory.Advisory) {
			g := r.agreements["AGR-1"]
			g.ExpiresAt = day
			r.agreements["AGR-1"] = g
		}},
		"no agreement":     {inventory.ErrForbidden, func(_ *Service, _ *register, r *exchange.Release, _ *advisory.Advisory) { r.Agreement = "" }},
		"another revision": {inventory.ErrConflict, func(_ *Service, _ *register, r *exchange.Release, _ *advisory.Advisory) { r.Revision = 7 }},
		"a draft":          {inventory.ErrConflict, func(_ *Service, _ *register, _ *exchange.Release, a *advisory.Advisory) { a.State = advisory.Draft }},
		"unknown team":     {inventory.ErrNotFound, func(_ *Service, _ *register, r *exchange.Release, _ *advisory.Advisory) { r.Team = "TEAM-9" }},
		"no key":           {inventory.ErrUnavailable, func(s *Service, _ *register, _ *exchange.Release, _ *advisory.Advisory) { s.Signer = nil }},
		"short secret":     {inventory.ErrInvalid, func(s *Service, _ *register, _ *exchange.Release, _ *advisory.Advisory) { s.Secret = []byte("short") }},
		"no publisher":     {inventory.ErrInvalid, func(s *Service, _ *register, _ *exchange.Release, _ *advisory.Advisory) { s.Publisher.Name = "" }},
		"store is away":    {errAway, func(_ *Service, r *register, _ *exchange.Release, _ *advisory.Advisory) { r.err = errAway }},
		"signing fails": {errAway, func(s *Service, _ *register, _ *exchange.Release, _ *advisory.Advisory) {
			s.Signer = fakeSigner{errAway}
		}},
		"previous fails": {errAway, func(s *Service, _ *register, _ *exchange.Release, _ *advisory.Advisory) {
			s.Previous = func(context.Context, advisory.Advisory, exchange.TeamID) (*advisory.Advisory, error) {
				return nil, errAway
			}
		}},
	} {
		s, r := service()
		a := advisories()["exposure"]
		rel := requested(a, "TEAM-1")
		c.change(s, r, &rel, &a)
		got, err := s.Decide(t.Context())(rel, a, day)
		if !errors.Is(err, c.want) || len(got.Files) > 0 {
			t.Errorf("%s: Decide = %d files, %v, want %v", reason, len(got.Files), err, c.want)
		}
	}
}

// What a validator would refuse is not released.
func TestChecks(t *testing.T) {
	for _, raw := range []string{`{"document": {}}`, `[]`, `{`, ``} {
		if validCSAF([]byte(raw)) == nil {
			t.Errorf("validCSAF(%s) finds nothing", raw)
		}
	}
	s, r := service()
	a := public()
	p, err := s.Preview(t.Context(), r.ask(a, "", exchange.Profile{}), day)
	if err != nil || validCSAF(p.Files[0].Bytes) != nil {
		t.Fatalf("a good document is refused: %v", err)
	}
	// Right by the schema, and dated before its revision.
	early := strings.Replace(string(p.Files[0].Bytes), `"current_release_date": "2026`, `"current_release_date": "2025`, 1)
	early = strings.Replace(early, `"category": "csaf_informational_advisory"`, `"category": "csaf_security_advisory"`, 1)
	if err := validCSAF([]byte(early)); !errors.Is(err, inventory.ErrInvalid) || !strings.Contains(err.Error(), "test 6.1.") {
		t.Errorf("validCSAF of a document against the mandatory tests = %v", err)
	}
	a = advisories()["exposure"]
	good := advisory.Incoming{TrackingID: "ADV-3", TLP: advisory.Amber, Labelled: true}
	lost := advisory.Incoming{TrackingID: "vulnerability--1", Withdrawn: true}
	for want, docs := range map[string][]advisory.Incoming{
		"": {good, lost}, "it holds 0 reports": {lost}, "it holds 2 reports": {good, good},
		"its label reads green":                   {{TrackingID: "ADV-3", TLP: advisory.Green, Labelled: true}},
		"whether it is withdrawn reads otherwise": {{TrackingID: "ADV-3", TLP: advisory.Amber, Labelled: true, Withdrawn: true}},
	} {
		if got := misread(stix.Received{Documents: docs}, a); got != want {
			t.Errorf("misread(%v) = %q, want %q", docs, got, want)
		}
	}
	if got := misread(stix.Received{Documents: []advisory.Incoming{good}, Skipped: []string{"an object"}}, a); got != "an object" {
		t.Errorf("misread with something skipped = %q", got)
	}
}

var errAway = errors.New("away")

// A preview shows also what may not leave yet, and says why.
func TestPreviewOfWhatIsNotReady(t *testing.T) {
	s, r := service()
	a := advisories()["incident"]
	a.State, a.LegalBy, a.Approver = advisory.Draft, "", ""
	ask := r.ask(a, "TEAM-1", every(exchange.Keep))
	ask.Approver, ask.Legal = "", ""
	p, err := s.Preview(t.Context(), ask, day)
	if err != nil || p.Decision.Allowed || p.Decision.Rule != "advisory-state" || len(p.Files) == 0 || !p.Decision.NeedsApprover || !p.Decision.NeedsLegal {
		t.Errorf("preview of a draft = %+v, %d files, %v", p.Decision, len(p.Files), err)
	}
	s.Publisher.Namespace = ""
	if p, err := s.Preview(t.Context(), ask, day); err != nil || p.Problem == "" || len(p.Files) > 0 {
		t.Errorf("preview without a namespace = %+v, %v", p, err)
	}
}

func TestProfileOnlyTakesAway(t *testing.T) {
	s, r := service()
	ask := r.ask(advisories()["exposure"], "TEAM-1", every(exchange.Coarsen))
	ask.Profile = every(exchange.Keep)
	if p, err := s.Preview(t.Context(), ask, day); err != nil || p.Profile != every(exchange.Coarsen) {
		t.Errorf("profile = %+v, %v, want the team's", p.Profile, err)
	}
	ask.Profile = exchange.Profile{}
	if p, err := s.Preview(t.Context(), ask, day); err != nil || p.Profile != every(exchange.Coarsen) {
		t.Errorf("profile = %+v, %v, want the team's", p.Profile, err)
	}
	ask.Profile = every(exchange.Drop)
	if p, err := s.Preview(t.Context(), ask, day); err != nil || p.Profile != every(exchange.Drop) {
		t.Errorf("profile = %+v, %v, want the stricter", p.Profile, err)
	}
}

func TestLinksToOthers(t *testing.T) {
	s, r := service()
	a := advisories()["withdrawn"]
	a.SupersededBy = "ADV-8"
	a.History[1].Summary = "Superseded by ADV-8."
	r.pubs = []exchange.Publication{{Advisory: "ADV-8", TLP: advisory.Green, InitialReleased: day.AddDate(-1, 0, 0), File: exchange.File{Name: "adv-8.json"}}}
	p, err := s.Preview(t.Context(), r.ask(a, "TEAM-1", every(exchange.Keep)), day)
	if err != nil || !strings.Contains(string(p.Files[0].Bytes), "https://cert.example/.well-known/csaf/green/2025/adv-8.json") {
		t.Errorf("no address of the superseding document: %v %s", err, p.Problem)
	}
}

func TestReferralHasNoObjects(t *testing.T) {
	s, _ := service()
	a := advisories()["incident"]
	a.Referral = true
	rel := requested(a, "TEAM-1")
	rel.Referral = true
	got, err := s.Decide(t.Context())(rel, a, day)
	if err != nil || len(got.Objects) > 0 || !slices.Equal(got.Channels, []exchange.Channel{exchange.ChannelMail}) {
		t.Errorf("a referral = %d objects by %v, %v", len(got.Objects), got.Channels, err)
	}
}

func TestRealSignature(t *testing.T) {
	s, _ := service()
	signer := pgptest.NewSigner(t, "Example CERT", day.AddDate(0, -1, 0), func() time.Time { return day })
	s.Signer = signer
	a := public()
	got, err := s.Decide(t.Context())(requested(a, ""), a, day)
	if err != nil {
		t.Fatal(err)
	}
	pins := []pgp.PinnedKey{{Armored: signer.PublicKey(), Fingerprint: signer.Fingerprint(), ValidFrom: day.AddDate(0, -1, 0)}}
	if res := pgp.Verify(got.Files[0].Bytes, []byte(got.Files[0].Signature), pins, day); res.Status != pgp.Good {
		t.Errorf("signature is %+v", res)
	}
}

// TestOrderTellsNothing compares what two teams get: entries that stood in the
// order of names would tell them which pseudonyms are the same operator's.
func TestOrderTellsNothing(t *testing.T) {
	s, r := service()
	a := advisories()["exposure"]
	a.Affected = waterboards()
	for _, team := range []exchange.TeamID{"TEAM-1", "TEAM-2"} {
		d, err := s.draft(t.Context(), r.ask(a, team, every(exchange.Keep)), day, false)
		if err != nil {
			t.Fatal(err)
		}
		names := make([]string, len(d.out.Affected))
		for i, x := range d.out.Affected {
			names[i] = x.OrgName
		}
		if len(names) != 9 || !slices.IsSorted(names) {
			t.Errorf("%s gets them in the order %q", team, names)
		}
	}
}

// TestOtherSectorsStay releases under an agreement about energy alone, with
// the sector not told.
func TestOtherSectorsStay(t *testing.T) {
	s, r := service()
	g := r.agreements["AGR-1"]
	g.Give.Sectors = []inventory.Sector{inventory.SectorEnergy}
	r.agreements["AGR-1"] = g
	a := advisories()["exposure"]
	a.Affected = affected()
	a.Affected[0].Sector = inventory.SectorBanking
	p := every(exchange.Keep)
	p.Sector = exchange.Drop
	got, err := s.Preview(t.Context(), r.ask(a, "TEAM-1", p), day)
	if err != nil || !got.Decision.Allowed || len(got.Leaks) > 0 || got.Problem != "" {
		t.Fatalf("%+v, %v, %v, %v", got.Decision, got.Leaks, got.Problem, err)
	}
	for _, f := range got.Files {
		for _, v := range []string{"Lankagrid", "192.0.2.7", "Kotmale"} {
			if strings.Contains(plainly(t, f.Bytes), v) {
				t.Errorf("%s tells %s, of a sector that is not agreed", f.Name, v)
			}
		}
		if !strings.Contains(string(f.Bytes), "operator-") {
			t.Errorf("%s tells nothing of the sector that is agreed", f.Name)
		}
	}
}

// TestListingsAreRedacted wants the words of listings to be those of the files.
func TestListingsAreRedacted(t *testing.T) {
	s, r := service()
	a := advisories()["exposure"]
	a.Reach.Sectors = []inventory.Sector{inventory.SectorEnergy, inventory.SectorWater}
	a.Summary = "Seen on 6 systems. Sectors concerned: energy, water."
	team := r.teams["TEAM-1"]
	team.Profile.Sector = exchange.Coarsen
	r.teams["TEAM-1"] = team
	got, err := s.Decide(t.Context())(requested(a, "TEAM-1"), a, day)
	if err != nil || got.Title != a.Title || got.Summary != "Seen on 6 systems." {
		t.Errorf("listed as %q: %q, %v", got.Title, got.Summary, err)
	}
	a = advisories()["withdrawn"]
	got, err = s.Decide(t.Context())(requested(a, "TEAM-1"), a, day)
	if err != nil || got.Summary != "Withdrawn: the check was wrong." {
		t.Errorf("a withdrawal is listed as %q, %v", got.Summary, err)
	}
}

// TestWithdrawalTakesTheOpenWays withdraws by mail and feed from a team whose
// key has ended.
func TestWithdrawalTakesTheOpenWays(t *testing.T) {
	s, r := service()
	team := r.teams["TEAM-1"]
	team.Keys = nil
	r.teams["TEAM-1"] = team
	for kind, allowed := range map[string]bool{"withdrawn": true, "exposure": false} {
		a := advisories()[kind]
		wish := requested(a, "TEAM-1")
		wish.Channels = []exchange.Channel{exchange.ChannelMail, exchange.ChannelCSAF}
		got, err := s.Decide(t.Context())(wish, a, day)
		if (err == nil) != allowed || allowed && !slices.Equal(got.Channels, []exchange.Channel{exchange.ChannelCSAF}) {
			t.Errorf("%s goes by %v, %v", kind, got.Channels, err)
		}
		wish.Channels = []exchange.Channel{exchange.ChannelMail}
		if _, err := s.Decide(t.Context())(wish, a, day); err == nil {
			t.Errorf("%s goes by mail, without a key to encrypt to", kind)
		}
	}
}

func waterboards() []advisory.Affected {
	var out []advisory.Affected
	for i := range 9 {
		x := affected()[1]
		x.Asset, x.Org = inventory.AssetID(fmt.Sprintf("AST-%d", i)), inventory.OrganizationID(fmt.Sprintf("ORG-%d", i))
		x.OrgName, x.Address = fmt.Sprintf("Ceylon Waterboard %d", i), fmt.Sprintf("2001:db8:40::%d", i)
		out = append(out, x)
	}
	return out
}

// TestConsentIsThatOfNow releases what was drafted when operators consented to
// more.
func TestConsentIsThatOfNow(t *testing.T) {
	s, r := service()
	a := advisories()["exposure"]
	id, org := a.Affected[0].Asset, a.Affected[0].Org
	for what, c := range map[string]struct {
		assets map[inventory.AssetID]inventory.Asset
		rows   int
		named  bool
	}{
		"as it was":           {map[inventory.AssetID]inventory.Asset{id: {Org: org, Consent: inventory.ConsentIdentified}}, 1, true},
		"no more by name":     {map[inventory.AssetID]inventory.Asset{id: {Org: org, Consent: inventory.ConsentAnonymised}}, 1, false},
		"not at all":          {map[inventory.AssetID]inventory.Asset{id: {Org: org, Consent: inventory.ConsentNone}}, 0, false},
		"another operator's":  {map[inventory.AssetID]inventory.Asset{id: {Org: "ORG-9", Consent: inventory.ConsentIdentified}}, 0, false},
		"not in the register": {map[inventory.AssetID]inventory.Asset{}, 0, false},
		"others now say more": {map[inventory.AssetID]inventory.Asset{a.Affected[2].Asset: {Org: a.Affected[2].Org, Consent: inventory.ConsentIdentified}}, 0, false},
	} {
		r.assets = c.assets
		d, err := s.draft(t.Context(), r.ask(a, "TEAM-1", every(exchange.Keep)), day, false)
		if err != nil || !d.decision.Allowed {
			t.Fatalf("%s: %+v, %v", what, d.decision, err)
		}
		named := slices.ContainsFunc(d.out.Affected, func(x advisory.Affected) bool { return x.OrgName == a.Affected[0].OrgName })
		if len(d.out.Affected) != c.rows || named != c.named {
			t.Errorf("%s: what leaves is of %+v", what, d.out.Affected)
		}
		if !named && !slices.Contains(d.dropped, a.Affected[0].OrgName) {
			t.Errorf("%s: nobody looks for the name that must not leave", what)
		}
	}
	r.assets, r.err = nil, inventory.ErrUnavailable
	if _, err := s.draft(t.Context(), r.ask(a, "TEAM-1", every(exchange.Keep)), day, false); err == nil {
		t.Error("a release without a look at what operators consent to")
	}
}
