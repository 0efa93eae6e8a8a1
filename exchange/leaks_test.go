package exchange

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
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
	"unicode/utf16"
)

// slowLeaks looks for every value in every way in every text: what Leaks has
// to find, at the cost that it has to avoid.
func slowLeaks(texts [][]byte, dropped []string) []Leak {
	var needles []leakNeedle
	for _, d := range dropped {
		if strings.TrimSpace(d) != "" {
			needles = append(needles, newLeakNeedle(d))
		}
	}
	leaks := []Leak{}
	for i, t := range texts {
		hay := newLeakHay(t)
		for _, n := range needles {
			if form := n.in(hay); form != "" {
				leaks = append(leaks, Leak{Text: i, Value: n.value, Form: form})
			}
		}
	}
	slices.SortFunc(leaks, func(a, b Leak) int { return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Value, b.Value)) })
	return slices.Compact(leaks)
}

func draw[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// someValue makes a value of the kinds that registers have, and some that they
// should not have. Few parts make many near misses.
func someValue(r *rand.Rand) string {
	word := func() string {
		return draw(r, "Himal", "zephyr", "Société", "Électrique", "ලංකා", "විදුලි", "การไฟฟ้า", "Straße", "ＡＢＣ", "Port", "Unit 7", "12", "a", "O'Neil", "ﬁrst", "İz", "K")
	}
	label := func() string {
		return draw(r, "scada", "www", "zephyr", "grid-1", "münchen", "xn--mnchen-3ya", "_sip", "A", "straße", "v"+fmt.Sprint(r.IntN(30)))
	}
	four := netip.AddrFrom4([4]byte{draw[byte](r, 192, 10, 1), byte(r.IntN(3)), 2, byte(r.IntN(256))})
	raw := [16]byte{0x20, 0x01, 0x0d, 0xb8, 0, byte(r.IntN(3)), 15: byte(r.IntN(40))}
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
		return draw(r, "2001:0DB8::/32", netip.PrefixFrom(six, 32+r.IntN(97)).String())
	case 6, 7, 8:
		return draw(r, host, strings.ToUpper(host), host+".", "*."+host)
	case 9:
		return draw(r, "https://", "//", "") + host + draw(r, "/x", ":8443/", "/?q=é")
	case 10:
		return "noc@" + host
	case 11:
		return draw(r, "", " ", "\u200b\u200b\u200b", "--", "HQ", "Main", "..", ".", "\xff\xfeab", "é", "+7 11 22-33", "Unit\n7 "+word())
	default:
		return strings.Join([]string{word(), word(), draw(r, word(), "Board")}, draw(r, " ", "  ", "-", ""))
	}
}

// misspelt writes a value as an encoder, a person or a mishap might.
func misspelt(r *rand.Rand, v string) string {
	if forms := newLeakNeedle(v).forms; r.IntN(2) == 0 {
		v = draw(r, forms...)
	}
	v = draw(r, v, v, strings.ToUpper(v), strings.ToLower(v), strings.Join(strings.Fields(wordText(v)), draw(r, "_", "", " ")))
	wide := func() (out string) {
		for _, u := range utf16.Encode([]rune(v)) {
			out += draw(r, `\u`, `\\u`) + fmt.Sprintf("%04x", u)
		}
		return out
	}
	lead := draw(r, "", "x", "xy", "xyz")
	switch r.IntN(14) {
	case 0:
		return wide()
	case 1:
		b, err := json.Marshal(lead + v)
		if err != nil {
			panic(err) // a string always marshals
		}
		return string(b)
	case 2:
		return url.QueryEscape(v)
	case 3:
		return draw(r, html.EscapeString(v), strings.ReplaceAll(v, " ", "&nbsp;"), strings.ReplaceAll(v, ".", "&#46;"))
	case 4:
		return draw(r, base64.StdEncoding, base64.RawURLEncoding).EncodeToString([]byte(lead + v + lead))
	case 5:
		s := base64.StdEncoding.EncodeToString([]byte(lead + v))
		return s[:len(s)/2] + draw(r, "\n", `\n`, "\r\n ") + s[len(s)/2:]
	case 6:
		return draw(r, strings.ToUpper, strings.ToLower)(hex.EncodeToString([]byte(lead + v)))
	case 7:
		return strings.ReplaceAll(v, ".", draw(r, "%2E", "[.]", "=2E", `\u002e`, "&period;"))
	case 8: // a near miss
		if len(v) > 1 {
			i := r.IntN(len(v))
			return v[:i] + draw(r, "", "7", "a", " ", "é", "\u200b") + v[i+r.IntN(2):]
		}
	case 9:
		return draw(r, "7", "a", "é", ".", "ffff:") + v + draw(r, "7", "a", "é", ".", ":443", "")
	}
	return v
}

// The index passes over nothing that the slow search finds.
func TestLeaksFindsWhatTheSlowSearchFinds(t *testing.T) {
	forms := map[string]int{}
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 7))
		values := make([]string, fewValues+1+r.IntN(20))
		for i := range values {
			values[i] = someValue(r)
		}
		texts := make([][]byte, 1+r.IntN(3))
		for i := range texts {
			var b strings.Builder
			for range r.IntN(6) {
				b.WriteString(misspelt(r, draw(r, append([]string{someValue(r)}, values...)...)))
				b.WriteString(draw(r, " ", "\n", "", ", ", `","`, "/"))
			}
			texts[i] = []byte(b.String())
			if r.IntN(12) == 0 {
				texts[i] = nil
				for _, u := range utf16.Encode([]rune(b.String())) {
					texts[i] = append(texts[i], byte(u), byte(u>>8))
				}
			}
		}
		want, got := slowLeaks(texts, values), Leaks(texts, values)
		if !slices.Equal(want, got) {
			t.Fatalf("seed %d: %q in %q:\ngot  %+v\nwant %+v", seed, values, texts, got, want)
		}
		for _, l := range want {
			forms[l.Form]++
		}
	}
	for _, f := range []string{"as it is", "escaped", "with other punctuation", "run together", "base64", "hexadecimal"} {
		if forms[f] < 20 {
			t.Errorf("%d leaks %s: this proves little", forms[f], f)
		}
	}
}

// Each way to write a value is found by itself, so that no value is let
// through for the sake of another.
func TestLeakIndexKnowsEveryForm(t *testing.T) {
	tried := 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 8))
		v := someValue(r)
		if strings.TrimSpace(v) == "" {
			continue
		}
		n := newLeakNeedle(v)
		for _, f := range slices.Concat(n.forms, n.base64, n.hex, []string{n.words, strings.ReplaceAll(n.words, " ", "")}) {
			hay := newLeakHay([]byte("<" + f + ">"))
			if n.in(hay) == "" {
				continue // a part that is too short to be it
			}
			tried++
			if !newLeakIndex([]leakHay{hay}).mayHold(v) {
				t.Fatalf("seed %d: the index passes over %q as %q", seed, v, f)
			}
		}
	}
	if tried < 10_000 {
		t.Errorf("only %d forms were tried", tried)
	}
}

// A register of a country: 1,500 organisations and 100,000 assets, half of
// them in one network, with a host name each and a fifth of IPv6.
func country() []string {
	r := rand.New(rand.NewPCG(1, 2))
	var out []string
	for i := range 1500 {
		out = append(out, fmt.Sprintf("Nexora %s Utility %04d", draw(r, "Water", "Grid", "Port", "Health"), i), fmt.Sprintf("noc@org%d.example.np", i), fmt.Sprintf("Site %d", i))
	}
	for i := range 100_000 {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		switch {
		case i%5 == 0:
			a = netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, byte(i >> 16), 14: byte(i >> 8), 15: byte(i)})
		case i%2 == 0:
			a = netip.AddrFrom4([4]byte{byte(11 + r.IntN(180)), byte(r.IntN(256)), byte(r.IntN(256)), byte(i)})
		}
		out = append(out, a.String(), fmt.Sprintf("host%d.org%d.example.np", i, r.IntN(1500)))
	}
	return out
}

// sixFiles are like those of a preview: text, ids, digests and dates.
func sixFiles(leaks ...string) [][]byte {
	r := rand.New(rand.NewPCG(3, 4))
	texts := make([][]byte, 6)
	for i := range texts {
		var b strings.Builder
		for b.Len() < 39_000 {
			fmt.Fprintf(&b, `{"id":"vulnerability--%08x-%04x-4%03x-a%03x-%012x","created":%q,"cpe":"cpe:2.3:a:nexora:gate:%d.%d.%d:*","note":"The service answers without a password.\nSee https:\/\/cert.example.org\/adv?n=%d of 192.0.2.0/24."},`,
				r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Int64N(1<<48), time.Unix(r.Int64N(2e9), 0).UTC().Format(time.RFC3339), r.IntN(20), r.IntN(20), r.IntN(20), r.IntN(1e6))
		}
		texts[i] = []byte(b.String() + strings.Join(leaks, " "))
	}
	return texts
}

// BenchmarkLeaks searches the six files of a preview, 39 KB each, for a
// register of 204,500 values. The slow search gets every 101st of them, and
// its time is counted 101 times. Its indexes hold at most 16 MiB each,
// whatever the number of values; B/op is all that one search allocates.
func BenchmarkLeaks(b *testing.B) {
	register, texts := country(), sixFiles("at 10.0.0.7", "host9.org1.example.np")
	var part []string
	for i := 0; i < len(register); i += 101 { // odd, for addresses and host names alternate
		part = append(part, register[i])
	}
	start := time.Now()
	slowLeaks(texts, part)
	slow := time.Since(start) * 101
	b.ReportAllocs()
	for b.Loop() {
		if len(Leaks(texts, register)) < 6 {
			b.Fatal("the address was not found")
		}
	}
	fast := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(slow.Seconds(), "slow-s")
	b.ReportMetric(float64(slow)/float64(fast), "times-faster")
}

// TestLeaksOfSeveralLines searches for what a host answered, whose line breaks
// each format writes in its own way.
func TestLeaksOfSeveralLines(t *testing.T) {
	const answer = "redis_version:6.0.9\nfoo bar of scada\n\tline \"three\" \\x"
	once, err := json.Marshal(map[string]string{"a": "x " + answer + " y"})
	if err != nil {
		t.Fatal(err)
	}
	twice, err := json.Marshal(string(once))
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{
		"JSON": string(once), "JSON in JSON": string(twice), "mail": strings.ReplaceAll(answer, "\n", "\r\n"), "one line": strings.Join(strings.Fields(answer), " "),
		"percent": url.QueryEscape(answer), "base64 in a URL": url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(answer))),
	} {
		if len(Leaks([][]byte{[]byte(text)}, []string{answer})) != 1 {
			t.Errorf("%s: not found in %q", what, text)
		}
	}
	if l := Leaks([][]byte{[]byte("redis_version:6.0.9 and foo bar")}, []string{answer}); len(l) > 0 {
		t.Errorf("found in a part of it: %+v", l)
	}
}

// A contact's name and number are found whole, and their parts stop nothing.
func TestLeaksOfContacts(t *testing.T) {
	dropped := []string{`"Anna Li"`, "tel:94112691692"}
	many := append(slices.Repeat([]string{"203.0.113.77"}, fewValues), dropped...)
	for text, want := range map[string][]string{
		`{"contact":"ANNA LI"}`:                    {`"Anna Li"`},
		`{"contact":"anna.li@x"}`:                  {`"Anna Li"`},
		`{"contact":"Anna Lindt, Li"}`:             nil,
		`{"phone":"+94 (11) 269-1692"}`:            {"tel:94112691692"},
		`{"phone":"%2B94%2011%20269%201692"}`:      {"tel:94112691692"},
		`{"hash":"94112691692a","n":194112691692}`: nil,
	} {
		for _, all := range [][]string{dropped, many} {
			var got []string
			for _, l := range Leaks([][]byte{[]byte(text)}, all) {
				got = append(got, l.Value)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", text, got, want)
			}
		}
	}
}
