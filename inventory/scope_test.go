package inventory

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var (
	noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) // a Monday
	docs = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}
)

// letter is an authorisation in force at noon.
func letter(id string, level Level, cover ...string) Authorization {
	a := Authorization{
		ID: AuthorizationID(id), Org: "ORG-1", Method: MethodLetter, State: AuthActive, Level: level, OTLevel: LevelLight,
		From: noon.AddDate(0, -1, 0), Until: noon.AddDate(0, 1, 0),
		Document: Document{Name: "letter.pdf", SHA256: strings.Repeat("ab", 32), Size: 1},
	}
	for _, c := range cover {
		if p, err := netip.ParsePrefix(c); err == nil {
			a.Prefixes = append(a.Prefixes, p)
		} else {
			a.Names = append(a.Names, c)
		}
	}
	return a
}

func TestAuthorize(t *testing.T) {
	standard := letter("AUTH-1", LevelStandard, "192.0.2.0/25", "2001:db8::/64", "*.example.org", "one.example.net")
	windowed := letter("AUTH-2", LevelStandard, "192.0.2.0/24")
	windowed.Windows, windowed.TimeZone = mustWindows(t, "17:00-18:00"), "Asia/Colombo" // 11:30 to 12:30 UTC
	for _, c := range []struct {
		name    string
		auths   []Authorization
		addr    string
		subject Subject
		auth    AuthorizationID
		level   Level
		until   time.Time
	}{
		{"by prefix", []Authorization{standard}, "192.0.2.7", Subject{}, "AUTH-1", LevelStandard, standard.Until},
		{"mapped IPv6 is IPv4", []Authorization{standard}, "::ffff:192.0.2.7", Subject{}, "AUTH-1", LevelStandard, standard.Until},
		{"IPv6", []Authorization{standard}, "2001:db8::7", Subject{}, "AUTH-1", LevelStandard, standard.Until},
		{"by name", []Authorization{standard}, "192.0.2.200", Subject{Name: "one.example.net"}, "AUTH-1", LevelStandard, standard.Until},
		{"by wildcard", []Authorization{standard}, "192.0.2.200", Subject{Name: "a.b.example.org"}, "AUTH-1", LevelStandard, standard.Until},
		{"name in capitals with a dot", []Authorization{standard}, "192.0.2.200", Subject{Name: "ONE.example.net."}, "AUTH-1", LevelStandard, standard.Until},
		{"OT is capped", []Authorization{standard}, "192.0.2.7", Subject{Class: OT}, "AUTH-1", LevelLight, standard.Until},
		{"highest level counts", []Authorization{letter("A", LevelLight, "192.0.2.0/24"), letter("B", LevelIntensive, "192.0.2.7/32")}, "192.0.2.7", Subject{}, "B", LevelIntensive, standard.Until},
		{"of equals the longest", []Authorization{windowed, standard}, "192.0.2.7", Subject{}, "AUTH-1", LevelStandard, standard.Until},
		{"the window's end is the stop", []Authorization{windowed}, "192.0.2.7", Subject{}, "AUTH-2", LevelStandard, noon.Add(30 * time.Minute)},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := NewScope(c.auths, nil, docs).Authorize(netip.MustParseAddr(c.addr), c.subject, noon)
			if err != nil {
				t.Fatal(err)
			}
			if got.Authorization() != c.auth || got.Level() != c.level || !got.Until().Equal(c.until) {
				t.Errorf("target = %s %s until %s, want %s %s until %s", got.Authorization(), got.Level(), got.Until(), c.auth, c.level, c.until)
			}
			if got.Addr() != netip.MustParseAddr(c.addr).Unmap() || got.Name() != c.subject.Name || got.Class() != c.subject.Class {
				t.Errorf("target is %s %q %s, want what was asked for", got.Addr(), got.Name(), got.Class())
			}
		})
	}
}

func TestWindowNeverOutlivesItsAuthorization(t *testing.T) {
	a := letter("AUTH-1", LevelStandard, "192.0.2.0/24")
	a.Windows, a.TimeZone, a.Until = mustWindows(t, "00:00-24:00"), "Asia/Colombo", noon.Add(time.Minute)
	got, err := NewScope([]Authorization{a}, nil, docs).Authorize(netip.MustParseAddr("192.0.2.7"), Subject{}, noon)
	if err != nil || !got.Until().Equal(a.Until) {
		t.Errorf("target until %s, %v; want %s", got.Until(), err, a.Until)
	}
}

func TestAuthorizeRefuses(t *testing.T) {
	ok := letter("AUTH-1", LevelStandard, "192.0.2.0/25", "8.0.0.0/8", "*.example.org")
	change := func(f func(*Authorization)) []Authorization {
		a := ok
		f(&a)
		return []Authorization{a}
	}
	exclude := func(prefix, name string) []Exclusion {
		x := Exclusion{ID: "X-1", Name: name, Reason: "maintenance", Until: noon.AddDate(0, 0, 1)}
		if prefix != "" {
			x.Prefix = netip.MustParsePrefix(prefix)
		}
		return []Exclusion{x}
	}
	for _, c := range []struct {
		name       string
		auths      []Authorization
		exclusions []Exclusion
		addr       string
		subject    Subject
		want       string
	}{
		{"nothing authorised", nil, nil, "192.0.2.7", Subject{}, "no authorisation covers it"},
		{"one past the end", []Authorization{ok}, nil, "192.0.2.128", Subject{}, "no authorisation covers it"},
		{"wildcard covers not its base", []Authorization{ok}, nil, "192.0.2.200", Subject{Name: "example.org"}, "no authorisation covers it"},
		{"wildcard needs the dot", []Authorization{ok}, nil, "192.0.2.200", Subject{Name: "evilexample.org"}, "no authorisation covers it"},
		{"reserved and not admitted", []Authorization{letter("A", LevelStandard, "10.0.0.0/8")}, nil, "10.1.1.1", Subject{}, "reserved address (private)"},
		{"reserved though the name is authorised", []Authorization{ok}, nil, "127.0.0.1", Subject{Name: "www.example.org"}, "reserved address (loopback)"},
		{"loopback as mapped IPv6", []Authorization{ok}, nil, "::ffff:127.0.0.1", Subject{Name: "www.example.org"}, "reserved address (loopback)"},
		{"metadata service", []Authorization{ok}, nil, "169.254.169.254", Subject{Name: "www.example.org"}, "reserved address (link-local)"},
		{"IPv4 hidden in NAT64", []Authorization{ok}, nil, "64:ff9b::7f00:1", Subject{Name: "www.example.org"}, "reserved address (NAT64)"},
		{"not yet given to anybody", []Authorization{ok}, nil, "4000::1", Subject{Name: "www.example.org"}, "reserved address (unassigned)"},
		{"zone", []Authorization{ok}, nil, "fe80::1%eth0", Subject{Name: "www.example.org"}, "not an address"},
		{"draft", change(func(a *Authorization) { a.State = AuthDraft }), nil, "192.0.2.7", Subject{}, "AUTH-1 is draft"},
		{"suspended", change(func(a *Authorization) { a.State = AuthSuspended }), nil, "192.0.2.7", Subject{}, "AUTH-1 is suspended"},
		{"revoked", change(func(a *Authorization) { a.State = AuthRevoked }), nil, "192.0.2.7", Subject{}, "AUTH-1 is revoked"},
		{"expired this moment", change(func(a *Authorization) { a.Until = noon }), nil, "192.0.2.7", Subject{}, "AUTH-1 expired on 2026-06-01 12:00 UTC"},
		{"begins in a second", change(func(a *Authorization) { a.From = noon.Add(time.Second) }), nil, "192.0.2.7", Subject{}, "AUTH-1 begins on"},
		{"passive sends nothing", change(func(a *Authorization) { a.Level = LevelPassive }), nil, "192.0.2.7", Subject{}, "passive looking only"},
		{"outside the window", change(func(a *Authorization) {
			a.Windows, a.TimeZone = mustWindows(t, "Tue 01:00-02:00"), "Asia/Dhaka"
		}), nil, "192.0.2.7", Subject{}, "outside the windows of authorisation AUTH-1: Tue 01:00-02:00, Asia/Dhaka"},
		{"zone of the windows unknown", change(func(a *Authorization) {
			a.Windows, a.TimeZone = mustWindows(t, "00:00-24:00"), "Nowhere/Atall"
		}), nil, "192.0.2.7", Subject{}, "unknown time zone"},
		{"excluded by prefix", []Authorization{ok}, exclude("192.0.2.0/29", ""), "192.0.2.7", Subject{}, "excluded by X-1 (192.0.2.0/29 until 2026-06-02): maintenance"},
		{"excluded by name", []Authorization{ok}, exclude("", "www.example.org"), "192.0.2.7", Subject{Name: "www.example.org"}, "excluded by X-1"},
		{"excluded by wildcard", []Authorization{ok}, exclude("", "*.example.org"), "192.0.2.7", Subject{Name: "www.example.org"}, "excluded by X-1"},
		{"exclusion met as mapped IPv6", []Authorization{ok}, exclude("192.0.2.0/29", ""), "::ffff:192.0.2.7", Subject{}, "excluded by X-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := NewScope(c.auths, c.exclusions, docs).Authorize(netip.MustParseAddr(c.addr), c.subject, noon)
			if err == nil {
				t.Fatalf("target %+v, want a refusal", got)
			}
			if !errors.Is(err, ErrOutOfScope) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("refusal = %v, want ErrOutOfScope with %q", err, c.want)
			}
			if got != (Target{}) {
				t.Errorf("a refusal comes with the target %+v", got)
			}
			if HintOf(err) == "" && !strings.Contains(c.name, "zone") {
				t.Errorf("refusal %v has no hint", err)
			}
		})
	}
}

func TestExclusionEnds(t *testing.T) {
	x := Exclusion{ID: "X-1", Prefix: docs[0], Until: noon}
	s := NewScope([]Authorization{letter("AUTH-1", LevelLight, "192.0.2.0/24")}, []Exclusion{x}, docs)
	addr := netip.MustParseAddr("192.0.2.7")
	if _, err := s.Authorize(addr, Subject{}, noon.Add(-time.Nanosecond)); err == nil {
		t.Error("permitted while excluded")
	}
	if _, err := s.Authorize(addr, Subject{}, noon); err != nil {
		t.Errorf("refused when the exclusion has ended: %v", err)
	}
}

// The nearest refusal is told: who has a window to wait for need not read of
// an authorisation that was revoked.
func TestMostUsefulRefusal(t *testing.T) {
	revoked, later := letter("AUTH-1", LevelLight, "192.0.2.0/24"), letter("AUTH-2", LevelLight, "192.0.2.0/24")
	revoked.State = AuthRevoked
	later.Windows, later.TimeZone = mustWindows(t, "Wed 10:00-11:00"), "Asia/Dhaka"
	for _, auths := range [][]Authorization{{revoked, later}, {later, revoked}} {
		_, err := NewScope(auths, nil, docs).Authorize(netip.MustParseAddr("192.0.2.7"), Subject{}, noon)
		if err == nil || !strings.Contains(err.Error(), "AUTH-2") || !strings.Contains(HintOf(err), "Wed 2026-06-03 10:00 +06") {
			t.Errorf("refusal = %v (hint %q), want AUTH-2's window and when it opens", err, HintOf(err))
		}
	}
}

// Whatever is asked, a target is covered by an authorisation in force, is not
// excluded, not reserved, and ends in time.
func TestNoTargetOutsideTheScope(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	names := []string{"", "a.example.org", "b.example.org", "example.net"}
	states := []AuthorizationState{AuthActive, AuthActive, AuthDraft, AuthRevoked, AuthExpired}
	randomPrefix := func() netip.Prefix {
		a := netip.AddrFrom4([4]byte{byte(rng.IntN(2)) + 8, 0, byte(rng.IntN(2)), byte(rng.IntN(256))})
		return netip.PrefixFrom(a, 20+rng.IntN(13)).Masked()
	}
	permitted := 0
	for range 20000 {
		var auths []Authorization
		for range rng.IntN(4) {
			a := Authorization{
				State: states[rng.IntN(len(states))], Level: Level(rng.IntN(5)), OTLevel: Level(rng.IntN(3)),
				Prefixes: []netip.Prefix{randomPrefix()}, Names: []string{[]string{"*.example.org", "example.net", "b.example.org"}[rng.IntN(3)]},
				From: noon.Add(time.Duration(rng.IntN(9)-6) * time.Hour), Until: noon.Add(time.Duration(rng.IntN(9)-2) * time.Hour),
			}
			if rng.IntN(3) == 0 {
				a.TimeZone, a.Windows = "Asia/Dhaka", []Window{{Start: time.Duration(rng.IntN(24)) * time.Hour, End: time.Duration(1+rng.IntN(24)) * time.Hour}}
			}
			auths = append(auths, a)
		}
		var exclusions []Exclusion
		for range rng.IntN(2) {
			exclusions = append(exclusions, Exclusion{Prefix: randomPrefix(), Until: noon.Add(time.Duration(rng.IntN(3)-1) * time.Hour)})
		}
		addr := netip.AddrFrom4([4]byte{byte(rng.IntN(3)) + 8, 0, byte(rng.IntN(2)), byte(rng.IntN(256))})
		subject := Subject{Name: names[rng.IntN(len(names))], Class: []AssetClass{IT, OT}[rng.IntN(2)]}
		got, err := NewScope(auths, exclusions, nil).Authorize(addr, subject, noon)
		if err != nil {
			continue
		}
		permitted++
		if addr.As4()[0] == 10 {
			t.Fatalf("target %s is private", addr)
		}
		for _, x := range exclusions {
			if x.Prefix.Contains(addr) && noon.Before(x.Until) {
				t.Fatalf("target %s is excluded by %s", addr, x.Prefix)
			}
		}
		if !noon.Before(got.Until()) || !anyAllows(auths, got) {
			t.Fatalf("target %+v is allowed by none of %+v", got, auths)
		}
	}
	if permitted < 500 {
		t.Fatalf("only %d of the questions were permitted", permitted)
	}
}

// anyAllows says again, naively, what Authorize decides.
func anyAllows(auths []Authorization, target Target) bool {
	for _, a := range auths {
		byName := false
		for _, n := range a.Names {
			byName = byName || n == target.Name() || n == "*.example.org" && strings.HasSuffix(target.Name(), ".example.org")
		}
		level := a.Level
		if target.Class() == OT {
			level = min(level, max(a.OTLevel, 1))
			if a.OTLevel == 0 {
				level = min(a.Level, LevelLight)
			}
		}
		if a.State == AuthActive && (byName || a.Prefixes[0].Contains(target.Addr())) &&
			!noon.Before(a.From) && !target.Until().After(a.Until) && target.Level() == level && level >= LevelLight {
			return true
		}
	}
	return false
}

// Whoever runs an organisation's zone decides where its names lead.
func TestNamesLeadNobodyToOthers(t *testing.T) {
	s := NewScope([]Authorization{letter("AUTH-1", LevelStandard, "192.0.2.0/28", "*.example.org")}, nil, docs).
		WithForeign([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/25")})
	for _, c := range []struct {
		addr string
		want string // part of the refusal, "" for none
	}{
		{"192.0.2.200", ""},
		{"192.0.2.100", "another organisation has authorised"},
		{"::ffff:192.0.2.100", "another organisation has authorised"},
		{"192.0.2.7", ""}, // both have
	} {
		_, err := s.Authorize(netip.MustParseAddr(c.addr), Subject{Name: "www.example.org"}, noon)
		if (err == nil) != (c.want == "") || err != nil && (!errors.Is(err, ErrOutOfScope) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("Authorize(%s) = %v, want %q", c.addr, err, c.want)
		}
	}
}

// An authorisation goes with the owner who gave it.
func TestDepartedAssetsAreRefused(t *testing.T) {
	s := NewScope([]Authorization{letter("AUTH-1", LevelStandard, "192.0.2.0/28")}, nil, docs).
		WithDeparted(map[AssetID]string{"A-2": "is retired"})
	addr := netip.MustParseAddr("192.0.2.7")
	if _, err := s.Authorize(addr, Subject{Asset: "A-1", Class: IT}, noon); err != nil {
		t.Errorf("an asset that stayed is refused: %v", err)
	}
	_, err := s.Authorize(addr, Subject{Asset: "A-2", Class: IT}, noon)
	if !errors.Is(err, ErrOutOfScope) || !strings.Contains(err.Error(), "A-2 is retired") {
		t.Errorf("a departed asset: %v", err)
	}
}

func TestChangedAddressesAreRefused(t *testing.T) {
	s := NewScope([]Authorization{letter("AUTH-1", LevelStandard, "192.0.2.0/28")}, nil, docs).
		WithChanged(map[netip.Addr]string{netip.MustParseAddr("192.0.2.7"): "it was registered as OT"}).
		WithChanged(map[netip.Addr]string{netip.MustParseAddr("192.0.2.8"): "a limit was set for it"})
	for addr, want := range map[string]string{"192.0.2.7": "registered as OT", "::ffff:192.0.2.8": "a limit was set", "192.0.2.9": ""} {
		_, err := s.Authorize(netip.MustParseAddr(addr), Subject{Asset: "A-1", Class: IT}, noon)
		if errors.Is(err, ErrOutOfScope) != (want != "") || want != "" && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", addr, err, want)
		}
	}
}

func TestCheckCovered(t *testing.T) {
	old := letter("AUTH-9", LevelLight, "192.0.0.0/16")
	old.Until = noon
	s := NewScope([]Authorization{
		old, letter("AUTH-1", LevelLight, "192.0.2.0/25", "192.0.2.128/25", "2001:db8::/120", "*.example.org"),
	}, nil, docs)
	for in, want := range map[string]string{
		"192.0.2.7":                 "",
		"192.0.2.0/24":              "", // two halves make a whole
		"2001:db8::77":              "",
		"www.example.org":           "",
		"https://www.example.org/x": "",
		"192.0.2.0/23":              "prefix larger than the authorisation: 192.0.2.0/23 is not inside 192.0.2.0/25, 192.0.2.128/25",
		"2001:db8::/112":            "prefix larger than the authorisation",
		"192.0.4.1":                 "no authorisation in force covers it",
		"www.example.com":           "no authorisation in force names it",
	} {
		a, err := ParseAddress(in)
		if err != nil {
			t.Fatal(err)
		}
		err = s.CheckCovered(a, noon)
		if want == "" && err != nil || want != "" && (!errors.Is(err, ErrOutOfScope) || !strings.Contains(err.Error(), want) || HintOf(err) == "") {
			t.Errorf("CheckCovered(%s) = %v, want %q", in, err, want)
		}
	}
}
