package advisory

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/google/go-cmp/cmp"
)

func TestAffected(t *testing.T) {
	facts := country(t, 3)
	facts.Orgs[1].Country = "LK"
	facts.Consents = map[inventory.AssetID]inventory.Consent{"A-2": inventory.ConsentIdentified, "A-3": "perhaps"}
	facts.Findings[1].Evidence = "EV-1"
	facts.Findings = append(facts.Findings, facts.Findings[1]) // by another matcher
	facts.Evidence = map[inventory.EvidenceID]string{"EV-1": "redis_version:7.0.15\x00"}
	facts.Only = []inventory.OrganizationID{"ORG-2", "ORG-3"}
	a, err := FromFindings(facts, Amber, "nima", now)
	if err != nil {
		t.Fatal(err)
	}
	want := []Affected{
		{
			Asset: "A-3", Org: "ORG-3", OrgName: "Kelani Power Company C", Sector: inventory.SectorTelecom, Address: "198.51.100.12", Port: "6379/tcp",
			Hostname: "cache.kelani-power.lk", Site: "Biyagama", Consent: inventory.ConsentNone,
		},
		{
			Asset: "A-2", Org: "ORG-2", OrgName: "Kelani Power Company B", Sector: inventory.SectorBanking, Country: "LK", Address: "198.51.100.11", Port: "6379/tcp",
			Hostname: "cache.kelani-power.lk", Site: "Biyagama", Evidence: "redis_version:7.0.15", Consent: inventory.ConsentIdentified,
		},
	}
	if diff := cmp.Diff(want, a.Affected); diff != "" {
		t.Errorf("affected (-want +got):\n%s", diff)
	}
	if a.Reach.Organizations != 2 || a.Reach.Assets != 2 || a.Category != Vulnerability {
		t.Errorf("reach %+v, category %s", a.Reach, a.Category)
	}
	facts.Check.CVEs = nil
	if a, err := FromFindings(facts, Amber, "nima", now); err != nil || a.Category != Exposure {
		t.Errorf("without a CVE the category is %s, %v", a.Category, err)
	}
	facts.Only = []inventory.OrganizationID{"ORG-9"}
	if _, err := FromFindings(facts, Amber, "nima", now); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("nobody of those asked for is affected, and FromFindings = %v", err)
	}
}

func TestSortAffected(t *testing.T) {
	var want []Affected
	for _, country := range []string{"BD", "LK"} {
		for _, address := range []string{"9.0.0.1", "192.0.2.9", "192.0.2.10", "2001:db8::1", "198.51.100.0/24"} {
			for _, port := range []string{"80/tcp", "443/tcp", "443/udp"} {
				want = append(want, Affected{Country: country, Address: address, Port: port})
			}
		}
	}
	for range 20 {
		got := slices.Clone(want)
		rand.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		if SortAffected(got); !cmp.Equal(want, got) {
			t.Fatalf("order: %s", cmp.Diff(want, got))
		}
	}
}

// Whatever of Affected leads to somebody, no other text of the advisory may
// carry it: each one there is, also those of fields that come later, is tried
// with each value.
func TestAffectedStaysInAffected(t *testing.T) {
	row := Affected{
		Asset: "A-77", Org: "ORG-77", OrgName: "Ceylon Electricity Board", Sector: "energy", Country: "LK", Address: "198.51.100.7",
		Port: "6379/tcp", Hostname: "scada.ceb.lk", Site: "Norochcholai", Evidence: "short line\nredis_version:7.0.15 on node norochcholai-4", Consent: inventory.ConsentIdentified,
	}
	full := Advisory{Affected: []Affected{row}}
	paths := allTexts(reflect.ValueOf(&full).Elem())
	if len(paths) < 35 {
		t.Fatalf("only %d texts found: %v", len(paths), paths)
	}
	if err := full.CheckLeaks(nil); err != nil {
		t.Errorf("Affected itself is refused: %v", err)
	}
	for i := range paths {
		for _, value := range []string{row.OrgName, row.Address, row.Hostname, row.Site, "redis_version:7.0.15 on node norochcholai-4"} {
			a := Advisory{Affected: []Affected{row}}
			n := 0
			visit(reflect.ValueOf(&a).Elem(), func(s reflect.Value) {
				if n == i {
					s.SetString("seen: " + value)
				}
				n++
			})
			if err := a.CheckLeaks(nil); !errors.Is(err, inventory.ErrInvalid) {
				t.Errorf("%s carries %q, and CheckLeaks = %v", paths[i], value, err)
			}
		}
	}
	// A suffix that a whole country has leads to nobody.
	suffix := Advisory{References: []string{"https://cert.gov.lk/"}, Affected: []Affected{{Hostname: "gov.lk"}}}
	if err := suffix.CheckLeaks(nil); err != nil {
		t.Errorf("a public suffix is refused: %v", err)
	}
}

// allTexts names every text outside Affected, in the order of visit.
func allTexts(v reflect.Value) []string {
	var out []string
	visit(v, func(s reflect.Value) { out = append(out, fmt.Sprintf("text %d (%s)", len(out), s.Type())) })
	return out
}

// visit calls f for every text outside Affected. Of an empty list it makes
// one entry.
func visit(v reflect.Value, f func(reflect.Value)) {
	switch {
	case v.Type() == reflect.TypeFor[[]Affected](), v.Type() == reflect.TypeFor[time.Time]():
	case v.Kind() == reflect.String:
		f(v)
	case v.Kind() == reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		visit(v.Index(0), f)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			visit(v.Field(i), f)
		}
	}
}

func TestFromIncoming(t *testing.T) {
	in := Incoming{
		Format: "csaf", Title: "Weak\x00 thing " + strings.Repeat("x", 300), Summary: "", Category: "strange", TLP: Amber, Labelled: true, Severity: "extreme",
		CVEs: []string{"cve-2022-0543", "nonsense"}, CWEs: []string{"CWE-306"}, References: []string{"https://peer.example/1", "file:///etc/passwd"},
		Checks: []inventory.CheckID{"bad id", "exposed-redis"}, Remediation: "Update.",
		Products: []IncomingProduct{
			{CPE: "cpe:2.3:a:redis:redis:7.0.15:*:*:*:*:*:*:*"},
			{Name: "redis", CPE: "junk", PURL: "junk", Range: "junk", Status: ProductFixed},
			{Name: "redis", CPE: "cpe:2.3:a:redis:redis:*:*:*:*:*:*:*:*", Range: "vers:generic/<7"},
			{Vendor: "nameless"},
			{Name: "x", Status: "bad status"},
			{Name: "x", Status: ProductNotAffected},
		},
	}
	a, err := FromIncoming(in, "TEAM-2", "https://peer.example/X-1 3", "nima", now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Origin{{Team: "TEAM-2", Document: "https://peer.example/X-1 3", TLP: Amber, Consent: []string{}}}, a.Origins); diff != "" {
		t.Errorf("origins (-want +got):\n%s", diff)
	}
	want := []Product{
		{Vendor: "redis", Name: "redis", Version: "7.0.15", CPE: "cpe:2.3:a:redis:redis:7.0.15:*:*:*:*:*:*:*"},
		{Name: "redis", Status: ProductFixed},
		{Vendor: "redis", Name: "redis", CPE: "cpe:2.3:a:redis:redis:*:*:*:*:*:*:*:*", Range: "vers:generic/<7"},
	}
	if diff := cmp.Diff(want, a.Products); diff != "" {
		t.Errorf("products (-want +got):\n%s", diff)
	}
	if a.TLP != Amber || a.Category != Vulnerability || a.Check != "exposed-redis" || a.Severity != "" || len(a.CVEs) != 1 || len(a.References) != 1 ||
		!strings.HasPrefix(a.Title, "Weak thing xxx") || len(a.Title) > maxTitle || a.Summary == "" {
		t.Errorf("FromIncoming = %+v", a)
	}
	f := a.Fields()
	for label, ok := range map[TLP]bool{Clear: false, Green: false, Amber: true, AmberStrict: true, Red: true} {
		f.TLP = label
		if _, err := Edit(a, f, "nima", now); (err == nil) != ok || !ok && !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("label %s for what rests on amber: %v", label, err)
		}
	}
	a.TLP = Green // however it came about
	for step, err := range map[string]error{"submitted": second2(Submit(a, now)), "approved": second2(Approve(a, "sita", now))} {
		if !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("more open than its origin, and %s: %v", step, err)
		}
	}
	unlabelled, withdrawn, superseded, nameless := in, in, in, in
	unlabelled.TLP, withdrawn.Withdrawn, superseded.SupersededBy, nameless.Title, nameless.Summary = "", true, "X-2", " ", ""
	for _, c := range []struct {
		reason string
		err    error
		want   error
	}{
		{"unlabelled", second2(FromIncoming(unlabelled, "TEAM-2", "d", "nima", now)), inventory.ErrInvalid},
		{"nameless", second2(FromIncoming(nameless, "TEAM-2", "d", "nima", now)), inventory.ErrInvalid},
		{"withdrawn", second2(FromIncoming(withdrawn, "TEAM-2", "d", "nima", now)), inventory.ErrConflict},
		{"superseded", second2(FromIncoming(superseded, "TEAM-2", "d", "nima", now)), inventory.ErrConflict},
		{"of nobody", second2(FromIncoming(in, "", "d", "nima", now)), inventory.ErrInvalid},
		{"no document", second2(FromIncoming(in, "TEAM-2", "", "nima", now)), inventory.ErrInvalid},
		{"by nobody", second2(FromIncoming(in, "TEAM-2", "d", "", now)), inventory.ErrInvalid},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", c.reason, c.err, c.want)
		}
	}
}

func TestTLPOrder(t *testing.T) {
	all := TLPs()
	for i, a := range all {
		for j, b := range all {
			if a.AtMost(b) != (i <= j) {
				t.Errorf("%s.AtMost(%s) = %t", a, b, i > j)
			}
			if got := Stricter(a, b); got != all[max(i, j)] {
				t.Errorf("Stricter(%s, %s) = %s", a, b, got)
			}
		}
		if Stricter(a, "") != a || Stricter("", a) != a || Stricter(a, "pink") != Red || Stricter("pink", a) != Red {
			t.Errorf("Stricter of %s with no label or an unknown one", a)
		}
		for _, odd := range []TLP{"", "pink", "AMBER"} {
			if a.AtMost(odd) || odd.AtMost(a) || odd.Valid() {
				t.Errorf("%q counts as a label beside %s", odd, a)
			}
		}
	}
	if Stricter("", "") != "" || Stricter("", "pink") != Red {
		t.Error("Stricter of no label")
	}
	if got := (Advisory{Origins: []Origin{{TLP: Green}, {TLP: Amber}}}).Floor(); got != Amber {
		t.Errorf("Floor = %s", got)
	}
	if got := (Advisory{Origins: []Origin{{TLP: Green}, {}}}).Floor(); got != Red {
		t.Errorf("Floor over an unlabelled origin = %s", got)
	}
}

// TestReachNamesNoLonelySector has enough operators in all, and in one sector
// alone.
func TestReachNamesNoLonelySector(t *testing.T) {
	var f Facts
	var open []inventory.Finding
	for i := range sectorsFrom + 1 {
		id := inventory.OrganizationID(fmt.Sprintf("ORG-%d", i))
		sector := inventory.SectorEnergy
		if i == sectorsFrom {
			sector = inventory.SectorWater
		}
		f.Orgs = append(f.Orgs, inventory.Organization{ID: id, Sector: sector})
		x := inventory.Finding{Org: id}
		x.Asset = inventory.AssetID(fmt.Sprintf("A-%d", i))
		open = append(open, x)
	}
	if r := f.reach(open); len(r.Sectors) != 1 || r.Sectors[0] != inventory.SectorEnergy || r.Organizations != sectorsFrom+1 {
		t.Errorf("reach %+v points at the only operator of a sector", r)
	}
	if r := f.reach(open[1:]); len(r.Sectors) != 0 {
		t.Errorf("reach %+v names a sector of %d operators", r, sectorsFrom-1)
	}
}
