package advisory

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/google/go-cmp/cmp"
)

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// country makes facts: each of n operators has one asset with an open redis.
func country(t *testing.T, n int) Facts {
	t.Helper()
	f := Facts{Check: inventory.Check{
		ID: "exposed-redis", Title: "Redis store can be reached", Severity: inventory.SeverityHigh,
		Why: "Without a password it gives its data to everyone.", Fix: "Set a password.",
		References: []string{"https://redis.io/security", "javascript:alert(1)", "https://redis.io/security"},
		CVEs:       []string{"cve-2022-0543", "not a cve"}, CWEs: []string{"CWE-306"},
	}}
	for i := range n {
		addr := netip.AddrFrom4([4]byte{198, 51, 100, byte(10 + i)})
		address, err := inventory.ParseAddress(addr.String())
		if err != nil {
			t.Fatal(err)
		}
		org := inventory.OrganizationID(fmt.Sprintf("ORG-%d", i+1))
		asset := inventory.AssetID(fmt.Sprintf("A-%d", i+1))
		f.Orgs = append(f.Orgs, inventory.Organization{ID: org, Name: fmt.Sprintf("Kelani Power Company %c", 'A'+i), Sector: inventory.Sectors()[i%3]})
		f.Assets = append(f.Assets, inventory.Asset{ID: asset, Org: org, Address: address, Site: "Biyagama"})
		key := inventory.FindingKey{Asset: asset, Addr: addr, Port: 6379, Transport: inventory.TCP, Check: f.Check.ID}
		f.Findings = append(f.Findings, inventory.Finding{Org: org, FindingKey: key, Detection: inventory.Open, Hostname: "cache.kelani-power.lk"})
		f.Services = append(f.Services, inventory.Service{
			Asset: asset, Addr: addr, Port: 6379, Transport: inventory.TCP,
			CPEs: []string{"cpe:/a:redislabs:redis:7.0.15", "cpe:/o:linux:linux_kernel", "cpe:/a:evil:<script>:1"},
		})
	}
	return f
}

func TestFromFindings(t *testing.T) {
	facts := country(t, 4)
	a, err := FromFindings(facts, Amber, "nima", now)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Affected) != 4 {
		t.Errorf("affected = %+v, want all four", a.Affected)
	}
	a.Affected = nil // see TestAffected
	want := Advisory{
		Revision: 1, State: Draft, Category: Vulnerability, TLP: Amber, Check: "exposed-redis",
		Title:   "Redis store can be reached",
		Summary: "Redis store can be reached. The issuing CERT found this on 4 systems of 4 operators in its country's critical infrastructure. It is published so that others look for it at home.",
		Impact:  "Without a password it gives its data to everyone.", Fix: "Set a password.", Translations: []Translation{},
		Severity: inventory.SeverityHigh, CVEs: []string{"CVE-2022-0543"}, CWEs: []string{"CWE-306"},
		References: []string{"https://redis.io/security"},
		Products:   []Product{{Vendor: "redislabs", Name: "redis", Version: "7.0.15", CPE: "cpe:2.3:a:redislabs:redis:7.0.15:*:*:*:*:*:*:*"}},
		Scores:     []Score{}, Origins: []Origin{}, Editors: []string{},
		Reach:  Reach{Organizations: 4, Assets: 4, Sectors: []inventory.Sector{}},
		Author: "nima", CreatedAt: now, UpdatedAt: now,
		History: []Change{{Revision: 1, At: now, By: "nima", Summary: "First version."}},
	}
	if d := cmp.Diff(want, a); d != "" {
		t.Errorf("FromFindings differs (-want +got):\n%s", d)
	}
}

func TestFromFindingsCounts(t *testing.T) {
	past := now.Add(-time.Hour)
	for _, c := range []struct {
		reason string
		change func(*Facts)
		want   Reach
	}{
		{
			"five operators of one sector are enough to name it", func(f *Facts) {
				for i := range f.Orgs {
					f.Orgs[i].Sector = inventory.SectorTelecom
				}
			},
			Reach{5, 5, []inventory.Sector{inventory.SectorTelecom}},
		},
		{
			"five operators of three sectors name none", func(*Facts) {},
			Reach{5, 5, []inventory.Sector{}},
		},
		{
			"a fixed finding does not count, and four operators hide the sectors", func(f *Facts) { f.Findings[0].Detection = inventory.Fixed },
			Reach{4, 4, []inventory.Sector{}},
		},
		{
			"a retired asset does not count", func(f *Facts) { f.Assets[1].RetiredAt = &past },
			Reach{4, 4, []inventory.Sector{}},
		},
		{"a false positive does not count", func(f *Facts) {
			f.Findings[2].Waiver = inventory.Waiver{Kind: inventory.WaiverFalsePositive, Until: now.Add(time.Hour)}
		}, Reach{4, 4, []inventory.Sector{}}},
		{"an accepted risk is still there", func(f *Facts) {
			f.Findings[2].Waiver = inventory.Waiver{Kind: inventory.WaiverAcceptedRisk, Until: now.Add(time.Hour)}
		}, Reach{5, 5, []inventory.Sector{}}},
		{
			"another check does not count", func(f *Facts) { f.Findings[3].Check = "other" },
			Reach{4, 4, []inventory.Sector{}},
		},
	} {
		facts := country(t, 5)
		c.change(&facts)
		a, err := FromFindings(facts, Green, "nima", now)
		if err != nil {
			t.Errorf("%s: %v", c.reason, err)
		}
		if d := cmp.Diff(c.want, a.Reach); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.reason, d)
		}
	}
}

func TestFromFindingsRefuses(t *testing.T) {
	leaking := country(t, 1)
	leaking.Check.Fix = "Ask the people of Kelani Power."
	for _, c := range []struct {
		reason string
		facts  Facts
		tlp    TLP
		author string
		field  string
	}{
		{"nothing is open", Facts{Check: inventory.Check{ID: "x"}}, Amber, "nima", "check"},
		{"no author", country(t, 1), Amber, " ", "author"},
		{"no such label", country(t, 1), "pink", "nima", "tlp"},
		{"the check's own text names an operator", leaking, Amber, "nima", "fix"},
	} {
		_, err := FromFindings(c.facts, c.tlp, c.author, now)
		input, ok := errors.AsType[*inventory.InputError](err)
		if !ok || input.Field != c.field || input.Hint == "" {
			t.Errorf("%s: FromFindings = %v, want an InputError on %s with a hint", c.reason, err, c.field)
		}
	}
}

func TestParseTLP(t *testing.T) {
	for in, want := range map[string]TLP{
		"amber": Amber, "TLP:AMBER+STRICT": AmberStrict, " tlp: red ": Red, "white": Clear, "Clear": Clear, "green": Green,
	} {
		if got, err := ParseTLP(in); err != nil || got != want {
			t.Errorf("ParseTLP(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "tlp:", "pink", "amber strict"} {
		if got, err := ParseTLP(in); !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("ParseTLP(%q) = %q, %v, want ErrInvalid", in, got, err)
		}
	}
	if got := AmberStrict.String(); got != "TLP:AMBER+STRICT" {
		t.Errorf("AmberStrict.String() = %q", got)
	}
}

func TestStates(t *testing.T) {
	draft, err := FromFindings(country(t, 1), Amber, "nima", now)
	if err != nil {
		t.Fatal(err)
	}
	later := now.Add(time.Hour)
	must := func(a Advisory, err error) Advisory {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	review := must(Submit(draft, later))
	approved := must(Approve(review, "sita", later))
	if approved.Approver != "sita" || approved.ApprovedAt == nil || !approved.ApprovedAt.Equal(later) {
		t.Errorf("Approve left %+v", approved)
	}
	released := must(Release(approved, later.Add(time.Hour)))
	if got := released.History[0].At; !got.Equal(later.Add(time.Hour)) {
		t.Errorf("the released revision is of %s, want the moment of release", got)
	}
	if !approved.History[0].At.Equal(now) {
		t.Error("Release changed the approved advisory's history")
	}
	second := must(Revise(released, "nima", "Fixed version named.", later))
	if second.Revision != 2 || second.State != Draft || second.Approver != "" || len(second.History) != 2 || len(released.History) != 1 {
		t.Errorf("Revise = %+v", second)
	}
	withdrawn := must(Withdraw(released, "sita", "the check was wrong", later))
	if withdrawn.State != Withdrawn || withdrawn.History[1].Summary != "Withdrawn: the check was wrong" {
		t.Errorf("Withdraw = %+v", withdrawn)
	}

	for _, c := range []struct {
		reason string
		err    error
		want   error
	}{
		{"the author may not approve", second2(Approve(draft, "nima", later)), inventory.ErrForbidden},
		{"nor in other letters", second2(Approve(draft, " NIMA ", later)), inventory.ErrForbidden},
		{"nobody may not approve", second2(Approve(draft, "", later)), inventory.ErrInvalid},
		{"approved is approved", second2(Approve(approved, "sita", later)), inventory.ErrConflict},
		{"a draft cannot be released", second2(Release(draft, later)), inventory.ErrConflict},
		{"an approved one cannot be submitted", second2(Submit(approved, later)), inventory.ErrConflict},
		{"only a released one is revised", second2(Revise(approved, "nima", "x", later)), inventory.ErrConflict},
		{"a draft is not withdrawn", second2(Withdraw(draft, "sita", "x", later)), inventory.ErrConflict},
		{"withdrawal has a reason", second2(Withdraw(released, "sita", " ", later)), inventory.ErrInvalid},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", c.reason, c.err, c.want)
		}
	}
}

func second2(_ Advisory, err error) error { return err }

// A host that puts its operator's name into its banner gets no line of its
// own, and does not keep the advisory from being drafted.
func TestProductsNameNobody(t *testing.T) {
	facts := country(t, 2)
	facts.Orgs[0].Name = "Ceylon Electricity Board"
	facts.Services[0].CPEs = append(
		facts.Services[0].CPEs,
		"cpe:/a:ceylon:portal:1.0", "cpe:/a:acme:ceb_gateway", "cpe:/a:ceylonelectricityboard:scada:2",
		"cpe:/a:acme:ceylon-electricity:1", "cpe:/a:acme:plc:198.51.100.10", "cpe:/a:acme:biyagama_scada",
	)
	a, err := FromFindings(facts, Amber, "nima", now)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Products) != 1 || a.Products[0].Name != "redis" {
		t.Errorf("products = %+v, want redis alone", a.Products)
	}
}

func TestParseCPE(t *testing.T) {
	for _, c := range []struct{ reason, in, cpe, label string }{
		{"a 2.2 URI", "cpe:/a:redislabs:redis:7.0.15", "cpe:2.3:a:redislabs:redis:7.0.15:*:*:*:*:*:*:*", "redislabs redis 7.0.15"},
		{"a 2.3 string with escapes", `cpe:2.3:a:apache:http_server:2\.4\.57:*:*:*:*:*:*:*`, "cpe:2.3:a:apache:http_server:2.4.57:*:*:*:*:*:*:*", "apache http server 2.4.57"},
		{"no version", "cpe:/h:siemens:simatic_s7-300", "cpe:2.3:h:siemens:simatic_s7-300:*:*:*:*:*:*:*:*", "siemens simatic s7-300"},
		{"vendor twice", "cpe:/a:mysql:mysql:8.0", "cpe:2.3:a:mysql:mysql:8.0:*:*:*:*:*:*:*", "mysql 8.0"},
		{"version from a hostile banner is dropped", "cpe:/a:x:y:%3cscript%3e", "cpe:2.3:a:x:y:*:*:*:*:*:*:*:*", "x y"},
		{"a patch level is the maker's", "cpe:/a:openbsd:openssh:9.2p1", "cpe:2.3:a:openbsd:openssh:9.2p1:*:*:*:*:*:*:*", "openbsd openssh 9.2p1"},
		{"what a host adds to its version is not", "cpe:/a:openbsd:openssh:8.4-ceylonpower", "cpe:2.3:a:openbsd:openssh:8.4:*:*:*:*:*:*:*", "openbsd openssh 8.4"},
		{"a version without a number is a name", "cpe:/a:x:y:ceylon", "cpe:2.3:a:x:y:*:*:*:*:*:*:*:*", "x y"},
		{"operating systems are guesses", "cpe:/o:linux:linux_kernel", "", ""},
		{"too short", "cpe:/a:redis", "", ""},
		{"not a CPE", "redis", "", ""},
		{"hostile product", "cpe:/a:x:<script>:1", "", ""},
	} {
		got, ok := ParseCPE(c.in)
		if got.CPE != c.cpe || got.Label() != c.label || ok != (c.cpe != "") {
			t.Errorf("%s: ParseCPE(%q) = %+v %q, %t", c.reason, c.in, got, got.Label(), ok)
		}
	}
}

// Every text of an advisory is searched, also those of structures.
func TestCheckLeaksSearchesEverything(t *testing.T) {
	clean, err := FromFindings(country(t, 1), Amber, "nima", now)
	if err != nil {
		t.Fatal(err)
	}
	for field, put := range map[string]func(*Advisory, string){
		"title":               func(a *Advisory, s string) { a.Title = s },
		"summary":             func(a *Advisory, s string) { a.Summary = s },
		"impact":              func(a *Advisory, s string) { a.Impact = s },
		"fix":                 func(a *Advisory, s string) { a.Fix = s },
		"check":               func(a *Advisory, s string) { a.Check = inventory.CheckID(s) },
		"references[0]":       func(a *Advisory, s string) { a.References = []string{s} },
		"cves[0]":             func(a *Advisory, s string) { a.CVEs = []string{s} },
		"products[0].version": func(a *Advisory, s string) { a.Products = []Product{{Version: s}} },
		"products[0].cpe":     func(a *Advisory, s string) { a.Products = []Product{{CPE: s}} },
		"history[0].summary":  func(a *Advisory, s string) { a.History = []Change{{Summary: s}} },
		"author":              func(a *Advisory, s string) { a.Author = s },
	} {
		a := clean
		put(&a, "seen at 203.0.113.9 too")
		err := a.CheckLeaks([]string{"203.0.113.9"})
		input, ok := errors.AsType[*inventory.InputError](err)
		if !ok || input.Field != field {
			t.Errorf("a leak in %s: CheckLeaks = %v", field, err)
		}
	}
}

func TestCheckLeaks(t *testing.T) {
	for _, c := range []struct {
		reason, forbidden, text string
		leaks                   bool
	}{
		{"a name", "Ceylon Electricity Board", "seen at Ceylon Electricity Board", true},
		{"in another case", "Ceylon Electricity Board", "seen at CEYLON ELECTRICITY BOARD", true},
		{"with other spacing", "Ceylon Electricity Board", "ceylon-electricity_board", true},
		{"run together in a URL", "Ceylon Electricity Board", "https://x.example/ceylonelectricityboard", true},
		{"without its last word", "Ceylon Electricity Board", "ceylon electricity says", true},
		{"by its telling word", "Ceylon Electricity Board", "an operator in Ceylon", true},
		{"by its initials", "Ceylon Electricity Board", "the CEB was told", true},
		{"initials inside a word are none", "Ceylon Electricity Board", "ICEBOX", false},
		{"shared words are not a name", "Ceylon Electricity Board", "The electricity board of directors", false},
		{"a name of shared words only, whole", "National Water Board", "the national water board", true},
		{"one of those words alone", "National Water Board", "Water is treated", false},
		{"a telling word in small letters is a word", "Swift Bank", "a swift answer", false},
		{"with accents", "Société Électrique", "Societe Electrique", true},
		{"in full width letters", "Nabil Bank", "Ｎａｂｉｌ Ｂａｎｋ", true},
		{"with hidden characters", "Nabil Bank", "Na\u200bbil Ba\u00adnk", true},
		{"in Sinhala", "ලංකා විදුලි", "මෙය ලංකා විදුලි සමාගම", true},
		{"in Thai without spaces", "การไฟฟ้า", "พบที่ การไฟฟ้า แล้ว", true},
		{"a site", "Norochcholai", "near norochcholai", true},
		{"a site that names nothing", "Main", "Main reason", false},
		{"an address", "198.51.100.7", "asked 198.51.100.7, port 80", true},
		{"an address at the end of a sentence", "198.51.100.7", "It is 198.51.100.7.", true},
		{"reversed", "198.51.100.7", "7.100.51.198.in-addr.arpa", true},
		{"with dashes, as in a provider's name", "198.51.100.7", "host-198-51-100-7.isp.example", true},
		{"defanged", "198.51.100.7", "198[.]51[.]100[.]7", true},
		{"in a URL", "198.51.100.7", "http://198.51.100.7:8080/x", true},
		{"percent-encoded", "198.51.100.7", "http%3A%2F%2F198%2E51%2E100%2E7", true},
		{"as one number", "198.51.100.7", "http://3325256711/", true},
		{"its network", "198.51.100.7", "198.51.100.0/24", true},
		{"its network with an x", "198.51.100.7", "198.51.100.x", true},
		{"a neighbour by digits only", "198.51.100.7", "1198.51.100.7 or 198.51.10", false},
		{"a longer version number", "10.0.0.1", "fixed in 10.0.0", false},
		{"an IPv6 address", "2001:db8:12::7", "[2001:db8:12::7]:443", true},
		{"expanded", "2001:db8:12::7", "2001:0db8:0012:0000:0000:0000:0000:0007", true},
		{"its network, IPv6", "2001:db8:12::7", "2001:db8:12::/48", true},
		{"reversed, IPv6", "2001:db8:12::7", "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.1.0.0.8.b.d.0.1.0.0.2.ip6.arpa", true},
		{"another IPv6 network", "2001:db8:12::7", "2001:db8:13::7", false},
		{"a prefix", "203.0.113.0/24", "203.0.113.0/24", true},
		{"an address in a prefix", "203.0.113.0/24", "203.0.113.77", true},
		{"an address in a wider prefix", "10.20.0.0/16", "10.20.3.4", true},
		{"a version beginning like a wide prefix", "10.20.0.0/16", "version 10.20", false},
		{"a host name", "scada.ceb.lk", "see scada.ceb.lk", true},
		{"its domain", "scada.ceb.lk", "everything below ceb.lk", true},
		{"a brother below the domain", "scada.ceb.lk", "mail.ceb.lk", true},
		{"the public suffix alone", "scada.ceb.gov.lk", "gov.lk uses it", false},
		{"an international name, ASCII", "විදුලි.lk", "xn--wzcm3bqb7a2fe.lk and විදුලි.lk", true},
		{"a URL", "https://vpn.nabil.com.np/login", "go to vpn.nabil.com.np", true},
		{"a mail address", "soc@nabil.com.np", "write to SOC@nabil.com.np", true},
		{"a mail address spelled out", "soc@nabil.com.np", "soc [at] nabil [dot] com [dot] np", true},
		{"nothing", "", "anything", false},
	} {
		err := Advisory{Summary: c.text}.CheckLeaks([]string{c.forbidden})
		if (err != nil) != c.leaks {
			t.Errorf("%s: CheckLeaks(%q) of %q = %v, want a leak: %t", c.reason, c.forbidden, c.text, err, c.leaks)
		}
		if err != nil && !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("%s: %v is not ErrInvalid", c.reason, err)
		}
	}
}

// The product's own texts must not be refused because operators have common
// names.
func TestCheckLeaksLeavesOurTextsAlone(t *testing.T) {
	names := []string{
		"Example Water Works", "National Power Grid Company", "Eastern Electricity Distribution", "Civil Aviation Authority",
		"Ministry of Health", "State Bank", "Port Authority", "Gas Transmission Company Limited", "198.51.100.7", "HQ", "Data centre",
		"Control Centre", "portal.power.example", "Northern Telecom",
	}
	for _, c := range inventory.ExposureChecks() {
		a := Advisory{Title: c.Title, Impact: c.Why, Fix: c.Fix, References: c.References}
		if err := a.CheckLeaks(names); err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
	}
}

// Whatever is forbidden is found when it stands there as it is.
func FuzzCheckLeaks(f *testing.F) {
	f.Add("Ceylon Electricity Board")
	f.Add("2001:db8::1")
	f.Add("xn--a.b.c")
	f.Add("198.51.100.0/22")
	f.Fuzz(func(t *testing.T, name string) {
		plain := strings.IndexFunc(name, func(r rune) bool { return !isWord(r) && !strings.ContainsRune(" .:/-", r) }) < 0
		if !utf8.ValidString(name) || !plain || len(needlesFor(name)) == 0 {
			name = "Ceylon Electricity Board"
		}
		if err := (Advisory{Summary: "at " + name + " today"}).CheckLeaks([]string{name}); err == nil {
			t.Errorf("CheckLeaks missed %q in itself", name)
		}
	})
}
