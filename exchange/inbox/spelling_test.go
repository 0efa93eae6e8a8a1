package inbox

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// However a publisher writes its own name, its documents are one chain: else a
// withdrawal, or a step backwards, would pass by what it is about.
func TestNamespaceHasOneSpelling(t *testing.T) {
	them := newPeer(t, "TEAM-1", "cert.example")
	for _, spelled := range []string{"https://cert.example", "https://cert.example/", "HTTPS://Cert.Example"} {
		them.issuer.Namespace = spelled
		r := Read(them.arrival(t, "TEAM-1", them.csaf(t, vulnerable(1, advisory.Green))), Facts{Team: them.team})
		if got := r.Document.Namespace; got != "https://cert.example" {
			t.Errorf("%q is kept as %q", spelled, got)
		}
	}
}

func TestOddTexts(t *testing.T) {
	them := newPeer(t, "TEAM-1", "cert.example")
	good := them.csaf(t, vulnerable(1, advisory.Green))
	one := []byte(`"version": "1"`)
	if !bytes.Contains(good, one) {
		t.Fatalf("%s is not in the document", one)
	}
	for _, tt := range []struct {
		reason string
		raw    []byte
		state  exchange.InboundState
		why    string
	}{
		{"a mark before the text", append([]byte("\ufeff"), good...), exchange.InboundAccepted, ""},
		{"a version nobody can keep", bytes.Replace(good, one, []byte(`"version": "`+strings.Repeat("9", 5000)+`"`), 1), exchange.InboundQuarantined, "no version"},
	} {
		f := Facts{Team: them.team, Agreement: them.agreement()}
		x := Read(them.arrival(t, "TEAM-1", tt.raw), f).Judge(f)
		said := x.Inbound.Reason
		for _, p := range x.Inbound.Problems {
			said += "; " + p.What
		}
		if x.Inbound.State != tt.state || !strings.Contains(said, tt.why) {
			t.Errorf("%s: %s, %s; want %s because of %q", tt.reason, x.Inbound.State, said, tt.state, tt.why)
		}
	}
	for _, raw := range []string{"\xff\xfe{\x00", "\xfe\xff\x00{"} {
		_, err := Open("doc.json", []byte(raw), Opening{Team: "TEAM-1", Teams: []exchange.Team{them.team}, At: now})
		bad, ok := errors.AsType[*inventory.InputError](err)
		if !ok || !strings.Contains(bad.Message, "UTF-16") {
			t.Errorf("Open(%q) = %v, want it to say UTF-16", raw, err)
		}
	}
}
