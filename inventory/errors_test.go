package inventory

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestInputError(t *testing.T) {
	err := fmt.Errorf("add asset: %w", invalid("sector", strings.Repeat("é", 150), "unknown sector", "use energy"))
	if !errors.Is(err, ErrInvalid) || errors.Is(err, ErrNotFound) {
		t.Errorf("%v is not exactly ErrInvalid", err)
	}
	if want := `add asset: sector "` + strings.Repeat("é", 100) + `…": unknown sector`; err.Error() != want {
		t.Errorf("Error() = %s, want %s", err, want)
	}
	if HintOf(err) != "use energy" {
		t.Errorf("HintOf = %q", HintOf(err))
	}
	if got := invalid("name", "", "missing", "").Error(); got != "name: missing" {
		t.Errorf("Error() = %q", got)
	}
	if HintOf(fmt.Errorf("scan: %w", refuse("192.0.2.7", "no", "ask"))) != "ask" || HintOf(ErrConflict) != "" || HintOf(nil) != "" {
		t.Error("HintOf does not find the hint of a refusal, or finds one where there is none")
	}
}
