package advisory

import (
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFindLeaks(t *testing.T) {
	forbidden := []string{"Main", "Lanka Grid Board", "192.0.2.7", "scada.grid.example.org", "", "192.0.2.7"}
	for text, want := range map[string][]string{
		"":                          {},
		"The main memory of a host": {},
		"Seen at LANKA-GRID board":  {"Lanka Grid Board"},
		"7.2.0.192.in-addr.arpa":    {"192.0.2.7"},
		"192.0.2.x and grid%2eexample.org, scada.grid.example.org": {"192.0.2.7", "scada.grid.example.org"},
		"198.51.100.7": {},
	} {
		if got := FindLeaks(text, forbidden); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		others := slices.Repeat([]string{"203.0.113.77"}, fewForbidden)
		if got := FindLeaks(text, append(others, forbidden...)); !slices.Equal(got, want) {
			t.Errorf("%q by its index: %q, want %q", text, got, want)
		}
	}
}

// slowFindLeaks looks for everything in every way: what FindLeaks has to find,
// at the cost that it has to avoid.
func slowFindLeaks(text string, forbidden []string) []string {
	hay := newHaystack(text)
	out := []string{}
	for _, f := range forbidden {
		if slices.ContainsFunc(needlesFor(f), func(n needle) bool { return n.in(hay) }) {
			out = append(out, f)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// slowCheckLeaks likewise.
func slowCheckLeaks(a Advisory, forbidden []string) error {
	return a.checkLeaks(append(a.ownNeedles(), needlesForAll(forbidden)...))
}

func draw[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// someForbidden makes what registers have, and some that they should not have.
// Few parts make many near misses.
func someForbidden(r *rand.Rand) string {
	word := func() string {
		return draw(r, "Himal", "zephyr", "Société", "Électrique", "ලංකා", "විදුලි", "การไฟฟ้า", "Straße", "ＡＢＣＤ", "Port", "National", "Unit", "Water", "12", "a", "O'Neil", "ﬁrst", "İzmir", "K")
	}
	label := func() string {
		return draw(r, "scada", "www", "zephyr", "grid-1", "münchen", "xn--mnchen-3ya", "_sip", "A", "straße", "v"+fmt.Sprint(r.IntN(30)))
	}
	four := netip.AddrFrom4([4]byte{draw[byte](r, 192, 10, 1), byte(r.IntN(3)), byte(r.IntN(3)), byte(r.IntN(256))})
	raw := [16]byte{0x20, 0x01, 0x0d, 0xb8, 0, byte(r.IntN(9)), 15: byte(r.IntN(40))}
	raw[8+r.IntN(6)] = draw[byte](r, 0, 0, 1, 0xa0)
	six := netip.AddrFrom16(raw)
	host := label() + "." + label() + draw(r, ".example", ".com.np", ".gov.lk", "")
	switch r.IntN(18) {
	case 16:
		return `"` + word() + draw(r, " ", ". ", "-") + word() + `"`
	case 17:
		return fmt.Sprint("tel:", 94_112_690+r.IntN(30))
	case 0, 1:
		return four.String()
	case 2:
		return six.String()
	case 3:
		return draw(r, "["+six.String()+"]", strings.Replace(six.String(), "2001:db8:", "2001:0DB8:", 1), strings.ToUpper(six.String()), six.StringExpanded(), six.String()+"%eth0", "["+four.String()+"]", "::ffff:"+four.String())
	case 4:
		return netip.PrefixFrom(four, 8+r.IntN(25)).String()
	case 5:
		return draw(r, "2001:0DB8::/32", netip.PrefixFrom(six, 32+r.IntN(97)).String(), "::ffff:"+four.String()+"/120")
	case 6, 7:
		return draw(r, host, strings.ToUpper(host), host+".", "*."+host)
	case 8:
		return draw(r, "https://", "//", "") + draw(r, host, four.String(), "["+six.String()+"]") + draw(r, "/x", ":8443/", "/?q=é")
	case 9:
		return draw(r, "noc@", "", "é@") + host
	case 10:
		return draw(r, "", " ", "\u200b\u200b\u200b", "--", "HQ", "Main", "..", ".", "\xff\xfeab", "é", "+7 11 22-33", "Unit\n7 "+word(), "a@", "[x](y)")
	default:
		return strings.Join([]string{word(), word(), draw(r, word(), "Board")}, draw(r, " ", " ", "  ", "-", ""))
	}
}

// misspelt writes something forbidden as a person or a program might.
func misspelt(r *rand.Rand, s string) string {
	if n := needlesFor(s); len(n) > 0 && r.IntN(3) > 0 {
		s = draw(r, n...).shown + draw(r, "", "", "7", "x", "*")
	}
	s = draw(r, s, s, strings.ToUpper(s), strings.ToLower(s), strings.Join(strings.Fields(wordsOf(s)), draw(r, "_", "", " ")))
	switch r.IntN(8) {
	case 0:
		return url.QueryEscape(s)
	case 1:
		return draw(r, html.EscapeString(s), strings.ReplaceAll(s, " ", "&nbsp;"), strings.ReplaceAll(s, ".", "&#46;"))
	case 2:
		return strings.ReplaceAll(s, ".", draw(r, "%2E", "[.]", " (dot) ", "{.}"))
	case 3:
		return strings.NewReplacer("@", " [at] ", ":", "[:]").Replace(s)
	case 4: // a near miss
		if len(s) > 1 {
			i := r.IntN(len(s))
			return s[:i] + draw(r, "", "7", "a", " ", "é", "\u200b") + s[i+r.IntN(2):]
		}
	case 5:
		return draw(r, "7", "a", "é", ".", "ffff:") + s + draw(r, "7", "a", "é", ".", ":443", "")
	}
	return s
}

// The index passes over nothing that the slow search finds, and CheckLeaks
// tells the same one first.
func TestLeaksAreThoseOfTheSlowSearch(t *testing.T) {
	found, refused := 0, 0
	for seed := range uint64(2500) {
		r := rand.New(rand.NewPCG(seed, 7))
		forbidden := make([]string, fewForbidden+1+r.IntN(16))
		for i := range forbidden {
			forbidden[i] = someForbidden(r)
		}
		var texts [3]string
		for i := range texts {
			for range r.IntN(4) {
				texts[i] += misspelt(r, draw(r, append([]string{someForbidden(r)}, forbidden...)...)) + draw(r, " ", "\n", "", ", ", "/")
			}
		}
		text := strings.Join(texts[:], " | ")
		want, got := slowFindLeaks(text, forbidden), FindLeaks(text, forbidden)
		if !slices.Equal(want, got) {
			t.Fatalf("seed %d: %q in %q:\ngot  %q\nwant %q", seed, forbidden, text, got, want)
		}
		a := Advisory{Title: texts[0], Summary: texts[1], References: []string{texts[2]}, Affected: []Affected{{OrgName: someForbidden(r)}}}
		slow, fast := slowCheckLeaks(a, forbidden), a.CheckLeaks(forbidden)
		if fmt.Sprint(slow) != fmt.Sprint(fast) {
			t.Fatalf("seed %d: %q in %q:\ngot  %v\nwant %v", seed, forbidden, texts, fast, slow)
		}
		if found += len(want); slow != nil {
			refused++
		}
	}
	if found < 5000 || refused < 600 || refused == 2500 {
		t.Errorf("%d found and %d of 2500 refused: this proves little", found, refused)
	}
}

// Each way to write something is found by itself, so that nothing is let
// through for the sake of another.
func TestIndexKnowsEveryWay(t *testing.T) {
	tried := 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 8))
		s := strings.TrimSpace(someForbidden(r))
		texts := []string{s}
		if a, err := netip.ParseAddr(s); err == nil && !a.Is4() {
			for _, x := range starts6(a) {
				texts = append(texts, x+":", x+"*")
			}
		}
		for range 8 {
			texts = append(texts, misspelt(r, s))
		}
		for _, n := range needlesFor(s) {
			texts = append(texts, n.shown, n.shown+"9", n.shown+"x.x")
		}
		for _, text := range texts {
			if len(slowFindLeaks(text, []string{s})) == 0 {
				continue
			}
			if tried++; !newIndex([]haystack{newHaystack(text)}).mayHold(s) {
				t.Fatalf("seed %d: the index passes over %q as %q", seed, s, text)
			}
		}
	}
	if tried < 10_000 {
		t.Errorf("only %d ways were tried", tried)
	}
}

// A country of 1,500 organisations and 100,000 assets, a fifth of IPv6, with a
// host name each.
func wholeCountry() []string {
	r := rand.New(rand.NewPCG(1, 2))
	var out []string
	for i := range 1500 {
		out = append(out, fmt.Sprintf("Nexora%d %s Utility", i, draw(r, "Water", "Grid", "Port", "Health")), fmt.Sprintf("noc@org%d.example.np", i), fmt.Sprintf("Yard %d", i))
	}
	for i := range 100_000 {
		a := netip.AddrFrom4([4]byte{byte(11 + r.IntN(180)), byte(i >> 16), byte(i >> 8), byte(i)})
		if i%5 == 0 {
			a = netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, byte(i >> 16), byte(i >> 8), 15: byte(i)})
		}
		out = append(out, a.String(), fmt.Sprintf("host%d.org%d.com.np", i, r.IntN(1500)))
	}
	return out
}

// BenchmarkCheckLeaks checks an advisory of 30 KB against a country of 204,500
// names. The slow search gets every 101st of them, and its time is counted 101
// times. The indexes hold at most 16 MiB each, whatever the country; B/op is
// all that one check allocates.
func BenchmarkCheckLeaks(b *testing.B) {
	country := wholeCountry()
	text := strings.Repeat("The service answers without a password; see https://cert.example.org/adv of 2026-11-22 and CVE-2026-12345 in 8.10.2. ", 24)
	a := Advisory{ID: "ADV-1", Title: "Open service", Summary: text, Impact: text, Fix: text}
	for i := range 40 {
		a.References = append(a.References, fmt.Sprintf("https://vendor.example.com/%d", i))
		a.History = append(a.History, Change{Summary: text[:500]})
	}
	raw, err := json.Marshal(a)
	if err != nil || len(raw) < 30_000 {
		b.Fatal(len(raw), err)
	}
	var part []string
	for i := 0; i < len(country); i += 101 { // odd, for addresses and host names alternate
		part = append(part, country[i])
	}
	start := time.Now()
	if err := slowCheckLeaks(a, part); err != nil {
		b.Fatal(err)
	}
	slow := time.Since(start) * 101
	b.ReportAllocs()
	for b.Loop() {
		if err := a.CheckLeaks(country); err != nil {
			b.Fatal(err)
		}
	}
	fast := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(slow.Seconds(), "slow-s")
	b.ReportMetric(float64(slow)/float64(fast), "times-faster")
}
