package daemon

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
)

func TestReport(t *testing.T) {
	mistake := fmt.Errorf("start: %w", &inventory.InputError{Field: "api", Message: "has no door", Hint: "set api.socket"})
	for name, tt := range map[string]struct {
		err  error
		code int
		told string
	}{
		"nothing is said of a good end":           {nil, 0, ""},
		"whoever mistyped has read the usage":     {flag.ErrHelp, 2, ""},
		"a fault is told":                         {errors.New("it broke"), 1, "d: it broke\n"},
		"a mistake comes with what to do instead": {mistake, 1, "d: " + mistake.Error() + "\nhint: set api.socket\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if code := report("d", tt.err, &out); code != tt.code || out.String() != tt.told {
				t.Errorf("ends with %d and %q, want %d and %q", code, out.String(), tt.code, tt.told)
			}
		})
	}
}

func TestArguments(t *testing.T) {
	var out bytes.Buffer
	if file, command, err := Arguments("d", "use it\n", []string{"-config", "c.yaml", "serve"}, &out); file != "c.yaml" || command != "serve" || err != nil || out.Len() > 0 {
		t.Errorf("reads %q, %q, %v and says %q", file, command, err, out.String())
	}
	if _, _, err := Arguments("d", "use it\n", []string{"-none"}, &out); !errors.Is(err, flag.ErrHelp) || !bytes.HasSuffix(out.Bytes(), []byte("use it\n")) {
		t.Errorf("an unknown flag gives %v, and says %q", err, out.String())
	}
}
