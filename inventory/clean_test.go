package inventory

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCleanText(t *testing.T) {
	for _, c := range []struct {
		reason, in string
		max        int
		want       string
	}{
		{"plain text stays", "220 ready\n\tok", 100, "220 ready\n\tok"},
		{"terminal escapes lose their escape", "\x1b[31mred\x1b]0;title\x07", 100, "[31mred]0;title"},
		{"C1 controls are escapes too", "a\u009b31mb\u0085", 100, "a31mb"},
		{"zero bytes cannot be stored", "a\x00b", 100, "ab"},
		{"a carriage return would overwrite a line", "good\rbad", 100, "goodbad"},
		{"reordering would show another file name", "a\u202egnp.exe\u2066x\u2069", 100, "agnp.exex"},
		{"line separators break scripts and tables", "a\u2028b\u2029c", 100, "abc"},
		{"tags hide text from readers", "a\U000E0041b", 100, "ab"},
		{"bytes that are not UTF-8 are shown", "a\xff\xfeb", 100, `a\xff\xfeb`},
		{"joiners belong to the region's scripts", "ක්\u200dර", 100, "ක්\u200dර"},
		{"a cut is marked", "abcdefghij", 8, "abcde…"},
		{"a cut keeps runes whole", "ආආආආ", 10, "ආආ…"},
		{"too small for the mark", "abcdef", 2, ""},
		{"exactly full", "abc", 3, "abc"},
		{"empty", "", 10, ""},
	} {
		if got := CleanText(c.in, c.max); got != c.want {
			t.Errorf("%s: CleanText(%q, %d) = %q, want %q", c.reason, c.in, c.max, got, c.want)
		}
	}
}

func TestCleanEvidence(t *testing.T) {
	got := CleanEvidence(Evidence{
		Request:  []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		Response: []byte("\x00\x01\x00\x00\x00\x05\x1b[2J\u202e\U000E0041\xc3\x28\r"),
	})
	if want := "GET / HTTP/1.1\nHost: x\n\n"; string(got.Request) != want {
		t.Errorf("request = %q, want %q", got.Request, want)
	}
	if want := `\x00\x01\x00\x00\x00\x05\x1b[2J\u202e\U000e0041\xc3(\x0d`; string(got.Response) != want {
		t.Errorf("response = %q, want %q", got.Response, want)
	}
	if big := CleanEvidence(Evidence{Response: bytes.Repeat([]byte{0}, 1<<20)}); len(big.Response) > MaxEvidence || !bytes.HasSuffix(big.Response, []byte("…")) {
		t.Errorf("a megabyte of zeros became %d bytes", len(big.Response))
	}
}

func TestEvidenceID(t *testing.T) {
	a := Evidence{Request: []byte("a"), Response: []byte("bc")}
	if got := a.ID(); len(got) != 64 || got != CleanEvidence(a).ID() {
		t.Errorf("ID of cleaned evidence differs from %s", got)
	}
	for reason, b := range map[string]Evidence{
		"the border between the sides counts": {Request: []byte("ab"), Response: []byte("c")},
		"the response counts":                 {Request: []byte("a"), Response: []byte("bd")},
	} {
		if a.ID() == b.ID() {
			t.Errorf("%s: two evidences have one id", reason)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("plain", 10)
	f.Add("\xff\u202e…", 3)
	f.Fuzz(func(t *testing.T, s string, max int) {
		max = min(max&0xffff, 1<<16)
		got := CleanText(s, max)
		if len(got) > max || !utf8.ValidString(got) || strings.ContainsAny(got, "\x00\x1b\r\u202e\u2028") {
			t.Errorf("CleanText(%q, %d) = %q", s, max, got)
		}
		if again := CleanText(got, max); again != got {
			t.Errorf("CleanText twice: %q then %q", got, again)
		}
		e := CleanEvidence(Evidence{Response: []byte(s)})
		if again := CleanEvidence(e); !bytes.Equal(again.Response, e.Response) || len(e.Response) > MaxEvidence || !utf8.Valid(e.Response) {
			t.Errorf("CleanEvidence(%q) = %q then %q", s, e.Response, again.Response)
		}
	})
}
