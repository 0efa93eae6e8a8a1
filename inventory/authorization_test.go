package inventory

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAuthorizationNormalize(t *testing.T) {
	a := letter("", LevelStandard, "192.0.2.77/25", "192.0.2.0/25", "WWW.Example.org.", "*.Bücher.example")
	a.State, a.OTLevel, a.SignedBy = "", LevelNothing, "  R.  Perera "
	a.From = a.From.In(time.FixedZone("x", 3600))
	got, err := a.Normalize(docs)
	if err != nil {
		t.Fatal(err)
	}
	if want := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/25")}; !cmp.Equal(got.Prefixes, want, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })) {
		t.Errorf("prefixes = %v, want %v", got.Prefixes, want)
	}
	if want := []string{"*.xn--bcher-kva.example", "www.example.org"}; !cmp.Equal(got.Names, want) {
		t.Errorf("names = %v, want %v", got.Names, want)
	}
	if got.State != AuthActive || got.OTLevel != LevelLight || got.SignedBy != "R. Perera" || got.From.Location() != time.UTC {
		t.Errorf("Normalize = %+v", got)
	}
}

func TestAuthorizationRefuses(t *testing.T) {
	ok := letter("", LevelStandard, "192.0.2.0/25")
	if _, err := ok.Normalize(docs); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		spoil func(*Authorization)
		want  string
	}{
		{"nobody's", func(a *Authorization) { a.Org = "" }, "organization: missing"},
		{"covers nothing", func(a *Authorization) { a.Prefixes = nil }, "covers nothing"},
		{"reserved", func(a *Authorization) { a.Prefixes[0] = netip.MustParsePrefix("10.1.0.0/16") }, "reserved (private: 10.0.0.0/8)"},
		{"holds a reserved one", func(a *Authorization) { a.Prefixes[0] = netip.MustParsePrefix("198.48.0.0/12") }, "reserved (documentation: 198.51.100.0/24)"},
		{"unassigned IPv6", func(a *Authorization) { a.Prefixes[0] = netip.MustParsePrefix("4000::/32") }, "unassigned"},
		{"half the internet", func(a *Authorization) { a.Prefixes[0] = netip.MustParsePrefix("64.0.0.0/2") }, "too large"},
		{"name", func(a *Authorization) { a.Names = []string{"no_name.example.org"} }, "underscore"},
		{"whole top-level domain", func(a *Authorization) { a.Names = []string{"*.org"} }, "not a full domain name"},
		{"letter without a document", func(a *Authorization) { a.Document = Document{} }, "needs the document"},
		{"mandate without a basis", func(a *Authorization) { a.Method = MethodMandate }, "legal basis"},
		{"DNS without the record", func(a *Authorization) { a.Method, a.Prefixes, a.Names = MethodDNS, nil, []string{"a.example.org"} }, "TXT record's value"},
		{"DNS for addresses", func(a *Authorization) { a.Method, a.Reference = MethodDNS, "x" }, "not who holds addresses"},
		{"method", func(a *Authorization) { a.Method = "handshake" }, "unknown method"},
		{"no end", func(a *Authorization) { a.Until = time.Time{} }, "must end"},
		{"no beginning", func(a *Authorization) { a.From = time.Time{} }, "from: missing"},
		{"ends before it begins", func(a *Authorization) { a.Until = a.From }, "not after the beginning"},
		{"days the wrong way round", func(a *Authorization) {
			a.From, a.Until = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
		}, `until "2026-11-20": not after the beginning, 2026-11-23`},
		{"level", func(a *Authorization) { a.Level = 7 }, "unknown level"},
		{"OT harder than the rest", func(a *Authorization) { a.Level, a.OTLevel = LevelLight, LevelStandard }, "above the level"},
		{"window without a zone", func(a *Authorization) { a.Windows = []Window{{End: time.Hour}} }, "unknown time zone"},
		{"window", func(a *Authorization) { a.Windows, a.TimeZone = []Window{{End: -1}}, "Asia/Dhaka" }, "not a span of time"},
		{"state", func(a *Authorization) { a.State = "fine" }, "unknown state"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := ok
			a.Prefixes = []netip.Prefix{ok.Prefixes[0]}
			c.spoil(&a)
			got, err := a.Normalize(docs)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Normalize = %+v, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestReservedPrefixesFollowTheirParts(t *testing.T) {
	admit := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("10.1.0.0/16")}
	for text, allowed := range map[string]bool{
		"10.1.2.0/24":  true,  // within what is admitted
		"10.0.0.0/8":   false, // holds it
		"192.0.2.0/23": true,  // the reserved part is admitted, the rest is free
		"192.0.0.0/16": false, // holds 192.0.0.0/24 too
		"8.8.8.0/24":   true,
		"2002::/24":    false,
	} {
		if err := checkReservedPrefix(netip.MustParsePrefix(text), admit); (err == nil) != allowed {
			t.Errorf("checkReservedPrefix(%s) = %v, want allowed %v", text, err, allowed)
		}
	}
}

func TestExclusionNormalize(t *testing.T) {
	got, err := Exclusion{Name: "*.EXAMPLE.org", Reason: " works ", Until: noon, CreatedAt: noon.Add(-time.Hour)}.Normalize()
	if err != nil || got.Name != "*.example.org" || got.Reason != "works" {
		t.Errorf("Normalize = %+v, %v", got, err)
	}
	got, err = Exclusion{Prefix: netip.MustParsePrefix("::ffff:10.1.2.3/104"), Reason: "x", Until: noon}.Normalize()
	if err != nil || got.Prefix.String() != "10.0.0.0/8" {
		t.Errorf("Normalize = %+v, %v; want 10.0.0.0/8", got, err)
	}
	for want, x := range map[string]Exclusion{
		"either a prefix or a name": {Prefix: docs[0], Name: "a.example.org", Reason: "x", Until: noon},
		"reason: missing":           {Prefix: docs[0], Until: noon},
		"must end":                  {Prefix: docs[0], Reason: "x"},
		"already past":              {Prefix: docs[0], Reason: "x", Until: noon, CreatedAt: noon},
	} {
		if _, err := x.Normalize(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Normalize(%+v) = %v, want %q", x, err, want)
		}
	}
}

func TestLevels(t *testing.T) {
	for _, l := range []Level{LevelPassive, LevelLight, LevelStandard, LevelIntensive} {
		if got, err := ParseLevel(" " + strings.ToUpper(l.String())); err != nil || got != l {
			t.Errorf("ParseLevel(%q) = %v, %v", l.String(), got, err)
		}
	}
	for _, s := range []string{"", "nothing", "2", "hard"} {
		if got, err := ParseLevel(s); err == nil {
			t.Errorf("ParseLevel(%q) = %v, want an error", s, got)
		}
	}
}
