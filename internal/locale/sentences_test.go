package locale_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
)

// latin finds two words of English beside each other.
var latin = regexp.MustCompile(`[A-Za-z]{3,} [a-z]{2,}`)

// What rules write is said in the languages that are complete, whatever it
// speaks of.
func TestRulesAreSaid(t *testing.T) {
	texts := []string{
		"Seen for the first time on 192.0.2.1 port 443/tcp.", "Seen again on 192.0.2.1, 3 days after it was closed.",
		"Not tested: port 22/tcp is filtered: it did not answer.", "Not tested: the host was not allowed to be scanned.",
		"The check ran to its end and did not find it (1 of 2 in a row that closing needs).",
		"Another service answers on the port now (http); that is 2 times in a row, enough to close it.",
		"The severity of the check changed from high to critical.",
	}
	for _, severity := range inventory.Severities() {
		for _, threat := range []inventory.Threat{{}, {KEV: true}, {Ransomware: true}, {Attacked: true}} {
			for _, class := range []inventory.AssetClass{inventory.IT, inventory.OT} {
				d, _ := inventory.Prioritise(inventory.Finding{Severity: severity}, inventory.Asset{Class: class}, threat)
				texts = append(texts, d.Path, "The deadline changed: "+d.Path+".")
			}
		}
	}
	_, err := inventory.Contact{Email: "no", Phone: "x", Language: "xx", OpenPGPKey: "-----BEGIN PGP PRIVATE KEY", Name: strings.Repeat("x", 300)}.Normalize()
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		if m, ok := errors.AsType[*inventory.InputError](e); ok {
			texts = append(texts, m.Message)
		}
	}
	if len(texts) < 50 {
		t.Fatalf("only %d texts", len(texts))
	}
	for _, tag := range []string{"bn", "hi"} {
		for _, text := range texts {
			if said := locale.For(tag).Word(text); latin.MatchString(said) {
				t.Errorf("%s says %q for %q", tag, said, text)
			}
		}
	}
	if said := locale.For("bn").Word("Seen again on <b>192.0.2.1</b>, less than a day after it was closed."); !strings.Contains(said, "<b>192.0.2.1</b>") || !strings.Contains(said, "এক দিনেরও কম") {
		t.Errorf("the place or the time is lost: %s", said)
	}
	if said := locale.For("en").Word(texts[0]); said != texts[0] {
		t.Errorf("English says %q", said)
	}
}

func BenchmarkWordOfAForeignTitle(b *testing.B) {
	p := locale.For("bn")
	for b.Loop() {
		p.Word("Apache HTTP Server before 2.4.60 allows request smuggling through a crafted header")
	}
}
