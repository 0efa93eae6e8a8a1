package shell

import (
	"errors"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
)

// What is wrong with a form is said in the reader's language; what was typed
// stays as it was.
func TestMistakesAreSaid(t *testing.T) {
	_, err := inventory.Contact{Role: inventory.RoleTechnical, Name: "Desk", Email: "desk at example"}.Normalize()
	bangla, english := Form{say: locale.For("bn").Word}, Form{}
	if !bangla.Refused(err) || !english.Refused(err) {
		t.Fatalf("no mistake: %v", err)
	}
	p := locale.For("bn")
	if m := bangla.Mistakes["email"]; len(m) != 1 || m[0].Message != p.Word("not an e-mail address") || m[0].Hint != p.Word("write it like soc@example.org") || m[0].Message == "not an e-mail address" {
		t.Errorf("beside the field it says %+v", m)
	}
	if m := bangla.Problem.Message; !strings.Contains(m, "desk at example") || strings.Contains(m, "address") {
		t.Errorf("above the form it says %q", m)
	}
	if got, want := english.Problem.Message, `email "desk at example": not an e-mail address`; got != want {
		t.Errorf("in English it says %q, want %q", got, want)
	}
	if (&Form{}).Refused(errors.New("a fault")) {
		t.Error("a fault is taken for a mistake")
	}
}
