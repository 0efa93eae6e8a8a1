package letter

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/notify"
)

var update = flag.Bool("update", false, "rewrite the golden letters")

var (
	noon   = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	sender = Sender{Name: "CERT Example", Portal: "https://ciiscan.cert.example", Phone: "+94 11 269 1692", Fingerprint: "0123456789ABCDEF0123456789ABCDEF01234567"}
)

func TestGolden(t *testing.T) {
	for _, kind := range notify.Kinds() {
		n := Sample(kind, "en", false, noon)
		full, err := Full(n, sender, locale.For("en"))
		if err != nil {
			t.Fatal(err)
		}
		link, err := Link(n, sender, locale.For("en"))
		if err != nil {
			t.Fatal(err)
		}
		got := full.Subject + "\n" + full.Outer + "\n\n" + full.Text + "\n######## link\n" + link.Subject + "\n\n" + link.Text
		for suffix, text := range map[string]string{".txt": got, ".html": full.HTML} {
			name := filepath.Join("testdata", string(kind)+".en"+suffix)
			if *update {
				if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), text); diff != "" {
				t.Errorf("%s: run go test -update after a look\n%s", name, diff)
			}
		}
	}
}

// Who asked for it gets English below; in any language no text is a hard-coded
// one, addresses and ids stay as they are.
func TestLanguages(t *testing.T) {
	n := Sample(notify.Weekly, "bn", true, noon)
	w, err := Full(n, sender, locale.For("bn"))
	if err != nil {
		t.Fatal(err)
	}
	_, below, ok := strings.Cut(w.Text, strings.Repeat("=", 60))
	if !ok || !strings.Contains(below, "Please act on 5 urgent findings this week.") || !strings.Contains(w.HTML, `lang="bn"`) || !strings.Contains(w.HTML, `lang="en"`) {
		t.Errorf("no English below:\n%s", w.Text)
	}
	if w, err := Full(Sample(notify.Weekly, "bn", false, noon), sender, locale.For("bn")); err != nil || strings.Contains(w.Text, "Please act") {
		t.Errorf("English below for who did not ask for it: %v\n%s", err, w.Text)
	}
	if w, err := Full(Sample(notify.Advisory, "hi", false, noon), sender, locale.For("hi")); err != nil || !strings.Contains(strings.Join(strings.Fields(w.Text), " "), locale.For("hi").T("It is not translated yet: its text is in English.")) {
		t.Errorf("it does not say that it is not translated: %v\n%s", err, w.Text)
	}
	late := Sample(notify.Unconfirmed, "en", false, noon)
	late.Letter.Earlier.At = time.Date(2026, 11, 17, 20, 0, 0, 0, time.UTC) // the day after, where they are
	if w, err := Full(late, sender, locale.For("en")); err != nil || !strings.Contains(w.Text, "18 November 2026") {
		t.Errorf("a day in another zone than theirs: %v\n%s", err, w.Text)
	}
	if !strings.Contains(w.Text, "192.0.2.10") || !strings.Contains(w.Text, "F-12") {
		t.Errorf("an address or id was rewritten:\n%s", w.Text)
	}
}

// What is sent readable to everybody names no weakness, address or host.
func TestLinkTellsNothing(t *testing.T) {
	for _, kind := range notify.Kinds() {
		n := Sample(kind, "en", false, noon)
		if !n.Letter.Restricted() {
			continue
		}
		w, err := Link(n, sender, locale.For("en"))
		if err != nil {
			t.Fatal(err)
		}
		all := w.Subject + w.Text + w.HTML
		for _, told := range []string{"urgent", "finding", "exception"} { // of which there are so many, or none
			if strings.Contains(w.Subject, told) {
				t.Errorf("%s: the subject of the link mail is %q", kind, w.Subject)
			}
		}
		for _, m := range n.Letter.Matters {
			for _, secret := range []string{m.Title, string(m.Check), m.Fix, "192.0.2.", "198.51.100.", "example.org", "F-12", "502"} {
				if secret != "" && strings.Contains(all, secret) {
					t.Errorf("%s: the link mail has %q", kind, secret)
				}
			}
		}
		for _, e := range n.Letter.Endings {
			if e.Title != "" && strings.Contains(all, e.Title) {
				t.Errorf("%s: the link mail has %q", kind, e.Title)
			}
		}
		if !strings.Contains(w.Text, "https://ciiscan.cert.example/mail/N-12") {
			t.Errorf("%s: the link mail has no link", kind)
		}
	}
}

// Markup, reordering characters, line breaks and formulas of strangers stay
// text on their line.
func TestHostileText(t *testing.T) {
	n := Sample(notify.Alert, "en", false, noon)
	const evil = "=HYPERLINK(\"http://evil.example\")<script>alert(1)</script>\r\nBcc: all@example.org\n\nYours \u202egpj.exe"
	n.Letter.OrgName = evil
	n.Letter.Matters[0].Title, n.Letter.Matters[0].Why, n.Letter.Matters[0].Places[0].Host = evil, evil, evil
	w, err := Full(n, sender, locale.For("en"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(w.Subject, "\r\n\u202e") {
		t.Errorf("subject %q", w.Subject)
	}
	if strings.Contains(w.HTML, "<script") || strings.Contains(w.HTML, `href="http://`) || strings.ContainsRune(w.HTML, '\u202e') {
		t.Errorf("HTML: %s", w.HTML)
	}
	if strings.ContainsAny(w.Text, "\r\u202e") || strings.Contains(w.Text, "\n\nYours") {
		t.Errorf("text: %q", w.Text)
	}
}

// What goes along with something else is told all the same, and nothing says
// that there is nothing to do.
func TestMixedLetters(t *testing.T) {
	earlier, advised := Sample(notify.Unconfirmed, "en", false, noon).Letter.Earlier, Sample(notify.Advisory, "en", false, noon).Letter.Advised
	ends := Sample(notify.PermissionEnds, "en", false, noon).Letter.Endings
	for what, c := range map[string]struct {
		letter notify.Letter
		want   []string
		not    string
	}{
		"a report to confirm, and an end": {notify.Letter{Kind: notify.Digest, Earlier: earlier, Endings: ends}, []string{"Please decide what", "nobody has confirmed it since", "Permission AUTH-3"}, "Nothing else needs you"},
		"a report to confirm, and advice": {notify.Letter{Kind: notify.Digest, Earlier: earlier, Advised: advised}, []string{"nobody has confirmed it since", "it is about 3 findings"}, "what ends soon"},
		"a quiet week, and advice":        {notify.Letter{Kind: notify.Weekly, Week: "2026-W47", Advised: advised}, []string{"Open: 0.", "it is about 3 findings"}, "nothing that you need to do"},
		"a quiet week":                    {notify.Letter{Kind: notify.Weekly, Week: "2026-W47"}, []string{"nothing that you need to do this week"}, "Please see to"},
		"a quiet week, and a reminder": {
			notify.Letter{Kind: notify.Weekly, Week: "2026-W47", Left: 2}, []string{"Please see to 2 findings that are still there"}, "nothing that you need to do",
		},
	} {
		n := Sample(notify.Digest, "en", false, noon)
		c.letter.OrgName, c.letter.Zone, c.letter.TLP = n.Letter.OrgName, n.Letter.Zone, notify.Amber
		n.Letter = c.letter
		w, err := Full(n, sender, locale.For("en"))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(w.Text), " ")
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: it lacks %q:\n%s", what, want, w.Text)
			}
		}
		if strings.Contains(text, c.not) {
			t.Errorf("%s: it says %q:\n%s", what, c.not, w.Text)
		}
	}
}

// A draft is in its reader's words throughout, and begins with what to do.
func TestDraft(t *testing.T) {
	m := Sample(notify.Alert, "en", false, noon).Letter.Matters[1]
	m.Places = m.Places[:1]
	for _, tag := range []string{"en", "bn", "hi"} {
		p := locale.For(tag)
		text := Draft(m, time.UTC, p)
		if !strings.HasPrefix(text, p.T("What to do")+": "+p.Word(m.Fix)) || !strings.Contains(text, p.Word(m.Title)) || !strings.Contains(text, "* F-13 192.0.2.30 ") {
			t.Errorf("%s: %s", tag, text)
		}
		if tag != "en" && (strings.Contains(text, "Allow the port") || strings.Contains(text, "Then press")) {
			t.Errorf("%s: part of it is in English: %s", tag, text)
		}
	}
	m.Fix, m.Title, m.Places[0].Host = "", "a\u202eb\x00<b>", "x\ny"
	if text := Draft(m, time.UTC, locale.For("en")); strings.ContainsAny(text, "\u202e\x00") || strings.Contains(text, "x\ny") || !strings.HasPrefix(text, "What to do: See the finding's page") {
		t.Errorf("%q", text)
	}
}
