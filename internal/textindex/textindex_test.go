package textindex

import (
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
)

func TestGramsHoldEveryPart(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	g, texts := NewGrams(10_000), []string{}
	for range 100 {
		text := make([]byte, r.IntN(100))
		for i := range text {
			text[i] = byte(r.IntN(256))
		}
		texts = append(texts, string(text))
		g.Add(string(text))
	}
	for _, text := range texts {
		for range 50 {
			from := r.IntN(len(text) + 1)
			part := text[from : from+r.IntN(len(text)-from+1)]
			if !g.MayHold(part) || !g.MayHoldBytes([]byte(part)) {
				t.Fatalf("passes over %q in %q", part, text)
			}
		}
	}
	wrong := 0
	for range 1000 {
		if g.MayHold(base64.StdEncoding.EncodeToString([]byte{byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), 'x', 'y'})) {
			wrong++
		}
	}
	if wrong > 10 {
		t.Errorf("%d of 1000 strings seem to be there", wrong)
	}
}

func TestGramsOfShortParts(t *testing.T) {
	g := NewGrams(10)
	g.Add("a.bc")
	for part, want := range map[string]bool{"": true, "q": true, "a.": true, ".bc": true, "bc": true, "ab": false, "a.c": false, "bc.": false} {
		if got := g.MayHold(part); got != want {
			t.Errorf("MayHold(%q) = %t", part, got)
		}
	}
}

func TestCodedHoldsEveryPlace(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 2000 {
		value := make([]byte, 3+r.IntN(30))
		for i := range value {
			value[i] = byte(r.IntN(256))
		}
		whole := append(make([]byte, r.IntN(4)), value...)
		whole = append(whole, make([]byte, r.IntN(4))...)
		for _, text := range []string{
			base64.StdEncoding.EncodeToString(whole), base64.RawURLEncoding.EncodeToString(whole),
			hex.EncodeToString(whole), strings.ToUpper(hex.EncodeToString(whole)), "f" + hex.EncodeToString(value),
		} {
			c := NewCoded(len(text))
			c.Add("{" + text + "}")
			if !c.MayHold(string(value)) {
				t.Fatalf("passes over %x in %s", value, text)
			}
		}
	}
	c := NewCoded(100)
	c.Add(base64.StdEncoding.EncodeToString([]byte("something else entirely")))
	if c.MayHold("192.0.2.7") {
		t.Error("finds what is not there")
	}
}

func TestAddrs4(t *testing.T) {
	a := netip.MustParseAddr("192.0.2.7")
	for text, want := range map[string]bool{
		"at 192.0.2.7, port 80": true, "7.2.0.192.in-addr.arpa": true, "host-192-0-2-7.example": true, "192_0_2_7": true,
		"192[.]0[.]2[.]7": true, "192.000.002.007": true, "3221225991": true, "0xc0000207": true, "c0000207": true,
		"::ffff:c000:207": true, "0000:0000:0000:0000:0000:ffff:c000:0207": true, "ffff:ffff:c000:0207": true,
		"1.192.0.2.7": true, "192.0.2.7.1": true, "192.0.2.7/32": true, "ලං192.0.2.7": true,
		"192.0.2.70": false, "1192.0.2.7": false, "a192.0.2.7": false, "192.0.2.x7": false, "192.0.2": false, "192 0 2 7": false,
		"0xc00002071": false, "c000:207": false, "192.0.2.256.7": false, "": false,
	} {
		x := NewAddrs4()
		x.Add(text)
		if got := x.MayHold(a); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
	x := NewAddrs4()
	x.Add("in 192.0.2.x and 10.7.x.x")
	for net, want := range map[string]bool{"192.0.2.7/24": true, "192.0.3.7/24": false, "10.7.0.1/16": true, "192.0.9.9/16": true, "10.7.0.0/24": false, "10.8.0.0/16": false} {
		p := netip.MustParsePrefix(net)
		if got := x.MayHoldNet(p.Addr(), p.Bits()); got != want {
			t.Errorf("%s: %t", net, got)
		}
	}
}
