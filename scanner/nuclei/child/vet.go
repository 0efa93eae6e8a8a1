package child

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/projectdiscovery/nuclei/v3/pkg/protocols/dns"
	"github.com/projectdiscovery/nuclei/v3/pkg/protocols/http"
	"github.com/projectdiscovery/nuclei/v3/pkg/protocols/network"
	"github.com/projectdiscovery/nuclei/v3/pkg/protocols/ssl"
	"github.com/projectdiscovery/nuclei/v3/pkg/templates"

	"github.com/ciiscan/ciiscan/scanner/nuclei/internal/wire"
)

// maxRead bounds what a template may ask to read at once, in bytes.
const maxRead = 1 << 20

// forbidden are words that no template may hold, wherever they stand: calls
// that reach the network or hold up the process, files from outside the
// template, and notes in raw requests that lead elsewhere.
var forbidden = []struct {
	words *regexp.Regexp
	why   string
}{
	{regexp.MustCompile(`interactsh`), "it calls back to an outside server"},
	{regexp.MustCompile(`\b(resolve|jarm|public_ip|llm_prompt)\s*\(`), "it uses a function that reaches the network"},
	{regexp.MustCompile(`\bwait_for\s*\(`), "it uses a function that waits"},
	{regexp.MustCompile(`!include`), "it includes other files"},
	{regexp.MustCompile(`(?mi)^\s*@(host|timeout|tls-sni|once)\b`), "a raw request has notes that override the target or the limits"},
}

// vetBytes refuses a template by its text, before nuclei reads it.
func vetBytes(t wire.Template) error {
	if sum := sha256.Sum256(t.Body); hex.EncodeToString(sum[:]) != t.SHA256 {
		return errors.New("its bytes are not those that were approved (SHA-256 differs)")
	}
	for _, f := range forbidden {
		if found := f.words.Find(t.Body); found != nil {
			return fmt.Errorf("%s: %q", f.why, found)
		}
	}
	return nil
}

// vet refuses a template by what nuclei understood it to be. The catalogue's
// linter refuses more; this is the last look before the first packet.
func vet(t *templates.Template, want wire.Template) error {
	if t.ID != want.ID {
		return fmt.Errorf("its id is %q", t.ID)
	}
	switch {
	case t.Flow != "":
		return errors.New("it runs JavaScript (flow)")
	case t.SelfContained:
		return errors.New("it chooses its own targets (self-contained)")
	case len(t.Workflows) > 0:
		return errors.New("it is a workflow")
	case t.Signature.Value.String() != "":
		return errors.New("it signs requests with credentials")
	}
	var found int
	var errs []error
	switch want.Protocol {
	case "http":
		found, errs = len(t.RequestsHTTP), each(t.RequestsHTTP, vetHTTP)
	case "tcp":
		found, errs = len(t.RequestsNetwork), each(t.RequestsNetwork, vetTCP)
	case "ssl":
		found, errs = len(t.RequestsSSL), each(t.RequestsSSL, vetSSL)
	case "dns":
		found, errs = len(t.RequestsDNS), each(t.RequestsDNS, vetDNS)
	default:
		return fmt.Errorf("the protocol %q is not one of http, tcp, ssl and dns", want.Protocol)
	}
	if found == 0 || found != t.Requests() {
		return fmt.Errorf("it uses another protocol than %s", want.Protocol)
	}
	return errors.Join(errs...)
}

func each[T any](requests []T, check func(T) error) []error {
	var errs []error
	for _, r := range requests {
		errs = append(errs, check(r))
	}
	return errs
}

func vetHTTP(r *http.Request) error {
	switch {
	case r.Race || r.RaceNumberRequests > 0:
		return errors.New("it races requests")
	case r.Pipeline || r.Threads > 1:
		return errors.New("it sends requests in parallel")
	case r.Unsafe:
		return errors.New("it sends malformed requests (unsafe)")
	case len(r.Fuzzing) > 0 || r.Analyzer != nil:
		return errors.New("it fuzzes")
	case r.Redirects || r.ProtocolRedirects:
		return errors.New("it follows redirects to other hosts (use host-redirects)")
	case r.GlobalMatchers:
		return errors.New("its matchers look at other templates' answers (global-matchers)")
	case r.DigestAuthUsername != "":
		return errors.New("it logs in")
	case r.SelfContained:
		return errors.New("it chooses its own targets (self-contained)")
	}
	return vetPayloads(r.Payloads)
}

func vetTCP(r *network.Request) error {
	switch {
	case len(r.Address) != 1 || r.Address[0] != "{{Hostname}}" && r.Address[0] != "tls://{{Hostname}}":
		return errors.New(`its host is not the one entry "{{Hostname}}" or "tls://{{Hostname}}"`)
	case r.Port != "" || r.ExcludePorts != "":
		return errors.New("it names ports for itself")
	case r.ReadAll || r.ReadSize > maxRead:
		return errors.New("it reads without a bound")
	case slices.ContainsFunc(r.Inputs, func(in *network.Input) bool { return in.Read > maxRead }):
		return errors.New("it reads without a bound")
	}
	return vetPayloads(r.Payloads)
}

func vetSSL(r *ssl.Request) error {
	if r.Address != "{{Host}}:{{Port}}" {
		return errors.New(`its address is not "{{Host}}:{{Port}}"`)
	}
	if r.TLSCiphersEnum {
		return errors.New("it opens a connection for every cipher there is (tls_cipher_enum)")
	}
	return nil
}

func vetDNS(r *dns.Request) error {
	if r.Trace || len(r.Resolvers) > 0 {
		return errors.New("it asks servers other than the resolver")
	}
	return vetPayloads(r.Payloads)
}

// vetPayloads refuses payloads that would be read from files.
func vetPayloads(payloads map[string]any) error {
	for name, values := range payloads {
		if _, list := values.([]any); !list {
			return fmt.Errorf("its payload %q is not a list in the template", name)
		}
	}
	return nil
}
