package child

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	mdns "github.com/miekg/dns"
	"github.com/projectdiscovery/nuclei/v3/pkg/output"
	"github.com/projectdiscovery/nuclei/v3/pkg/protocols/common/contextargs"
	"github.com/projectdiscovery/nuclei/v3/pkg/protocols/ssl"
	"github.com/projectdiscovery/nuclei/v3/pkg/scan"
	"github.com/projectdiscovery/nuclei/v3/pkg/templates"
	"github.com/projectdiscovery/nuclei/v3/pkg/types"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner/nuclei/internal/wire"
)

// A verdict is how one template on one input ended: it ran, with matches or
// without, unless missed says why not.
type verdict struct {
	matches []wire.Match
	missed  string
}

// run executes one template on one input. spoke says that the input has been
// seen to keep to the unit's protocol.
func (s *session) run(ctx context.Context, t *templates.Template, u wire.Unit, spoke bool) (v verdict) {
	// A panic here concerns this template; one in a goroutine of nuclei's ends
	// the process, and the worker sees to it.
	defer func() {
		if p := recover(); p != nil {
			v = verdict{missed: oneLine(fmt.Sprintf("the template engine failed: %v", p), 200)}
		}
	}()
	s.quiet.taken()
	w := &witness{protocol: u.Protocol, picky: picky(t), spoke: spoke}
	sc := scan.NewScanContext(ctx, contextargs.NewWithInput(s.context(ctx), u.Input))
	sc.OnResult = w.saw
	sc.OnError = func(err error) { w.errs = append(w.errs, err) }
	if _, err := t.Executer.ExecuteWithResults(sc); err != nil {
		w.errs = append(w.errs, err)
	}
	return w.verdict(s.quiet.taken())
}

// A witness collects what one execution shows. nuclei calls it in sequence.
type witness struct {
	protocol string
	picky    bool   // it offers only some of TLS, to see whether that is accepted
	spoke    bool   // the input is known to speak the protocol
	answers  int    // that came whole
	spoiled  string // what is wrong with an answer, if anything
	empty    bool   // a tcp answer held nothing
	errs     []error
	matches  []wire.Match
}

// saw takes an event, of which there is one for each answer.
func (w *witness) saw(e *output.InternalWrappedEvent) {
	if e == nil || e.InternalEvent == nil {
		return
	}
	switch w.protocol {
	case "http":
		// Set by nuclei when a body breaks off; one that reached our own bound
		// is as long as we want it.
		if broke := types.ToString(e.InternalEvent["x_nuclei_ignore_error"]); broke != "" && !strings.Contains(broke, "too large") {
			w.spoiled = "the answer broke off"
		}
		if code, ok := e.InternalEvent["status_code"].(int); ok && slices.Contains(notNow, code) {
			w.spoiled = fmt.Sprintf("the server would not answer now (%d %s)", code, http.StatusText(code))
		}
	case "dns":
		rcode, ok := e.InternalEvent["rcode"].(int)
		if !ok || rcode != mdns.RcodeSuccess && rcode != mdns.RcodeNameError {
			w.spoiled = "the resolver answered " + cmp.Or(mdns.RcodeToString[rcode], "nothing")
		}
	case "tcp":
		w.empty = types.ToString(e.InternalEvent["raw"]) == ""
	}
	w.answers++
	if internal(e) {
		return
	}
	for _, r := range e.Results {
		w.matches = append(w.matches, wire.Match{
			Matcher: r.MatcherName, Location: r.Matched,
			Extracted: texts(r.ExtractedResults),
			Request:   sample(e.InternalEvent["request"]),
			Response:  sample(response(w.protocol, e)),
		})
	}
}

// notNow are what servers, and guards before them, say that are down,
// overloaded or tired of us. It tells nothing of what they serve else.
var notNow = []int{http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}

// internal tells whether all matchers of an event only serve later requests of
// the same template.
func internal(e *output.InternalWrappedEvent) bool {
	if e.OperatorsResult == nil || !e.OperatorsResult.Matched || e.OperatorsResult.Operators == nil {
		return false
	}
	for _, m := range e.OperatorsResult.Operators.Matchers {
		if !m.Internal {
			return false
		}
	}
	return true
}

func response(protocol string, e *output.InternalWrappedEvent) any {
	if protocol == "tcp" || protocol == "dns" {
		return e.InternalEvent["raw"]
	}
	return e.InternalEvent["response"]
}

// verdict weighs what was seen. A match counts, whatever else went wrong,
// except where the answer was no answer: many dns templates match on what is
// absent.
func (w *witness) verdict(requests []error) verdict {
	switch {
	case w.protocol == "dns" && w.spoiled != "":
		return verdict{missed: w.spoiled}
	case len(w.matches) > 0:
		return verdict{matches: w.matches}
	case w.protocol == "dns" && w.answers > 0:
		return verdict{} // nuclei takes "no such name" for an error
	case w.picky && len(w.errs) > 0 && w.declined(said(requests)):
		return verdict{}
	case len(w.errs) > 0:
		return verdict{missed: reason(said(append(requests, w.errs...)))}
	case w.spoiled != "":
		return verdict{missed: w.spoiled}
	case w.empty && len(requests) > 0 && reason(said(requests)) == timedOut:
		return verdict{missed: timedOut}
	case w.protocol == "tcp" && w.empty:
		// A ban of the scanner looks just like this.
		return verdict{missed: "the service hung up without a word"}
	case w.answers == 0:
		return verdict{missed: "it sent nothing"}
	}
	return verdict{}
}

// picky tells whether a template offers only some versions or ciphers.
func picky(t *templates.Template) bool {
	return slices.ContainsFunc(t.RequestsSSL, func(r *ssl.Request) bool {
		return r.MinVersion != "" || r.MaxVersion != "" || len(r.CipherSuites) > 0
	})
}

// declined tells whether a server answered an offer by saying no: with an
// alert, by choosing what was not offered, or, as some do, by hanging up,
// which counts only where the server is known to speak TLS.
func (w *witness) declined(text string) bool {
	for _, alert := range []string{
		"handshake failure", "protocol version not supported", "insufficient security",
		"selected unsupported protocol version", "chose an unconfigured cipher",
	} {
		if strings.Contains(text, alert) {
			return true
		}
	}
	return w.spoke && (strings.Contains(text, "EOF") || strings.Contains(text, "reset"))
}

// said joins what went wrong. Errors from below nuclei have often lost their
// type on the way here, and sometimes all but one of their texts.
func said(errs []error) string {
	var all []string
	for _, err := range errs {
		all = append(all, err.Error())
	}
	return strings.Join(all, "; ")
}

const timedOut = "timed out"

// reasons turn what nuclei and the system say into plain words.
var reasons = []struct{ part, plain string }{
	{errLeft.Error(), errLeft.Error()},
	{"no address allowed", errLeft.Error()},
	{"denied address", errLeft.Error()},
	{"no address found", "it asked for a name that is not under test"},
	{"could not resolve", "it asked for a name that is not under test"},
	{errEnded.Error(), errEnded.Error()},
	{errClosed.Error(), "the host did not keep to the protocol"},
	{"deadline exceeded", timedOut},
	{"timeout", timedOut},
	{"Timeout", timedOut},
	{"timed out", timedOut},
	{"refused", "connection refused"},
	{"reset", "connection reset"},
	{"no route", "no route to the host"},
	{"unreachable", "no route to the host"},
	{"EOF", "connection closed without an answer"},
	{"handshake", "TLS handshake failed"},
	{"tls:", "TLS handshake failed"},
	{"malformed HTTP", "the host did not keep to the protocol"},
}

func reason(text string) string {
	for _, r := range reasons {
		if strings.Contains(text, r.part) {
			return r.plain
		}
	}
	// nuclei's own errors read: cause="what happened" chain="..."
	if _, cause, ok := strings.Cut(text, `cause="`); ok {
		text, _, _ = strings.Cut(cause, `"`)
	}
	return oneLine(text, 200)
}

// sample cuts one side of a conversation to what is kept of it.
func sample(v any) []byte {
	text := types.ToString(v)
	return []byte(text[:min(len(text), inventory.MaxEvidence)])
}

// Limits on extracted values, so that an event fits its line.
const (
	maxExtracted      = 32
	maxExtractedBytes = 512
)

func texts(values []string) []string {
	var out []string
	for _, v := range values[:min(len(values), maxExtracted)] {
		out = append(out, strings.ToValidUTF8(v[:min(len(v), maxExtractedBytes)], ""))
	}
	return out
}

// oneLine makes a reason of any text.
func oneLine(text string, limit int) string {
	text = strings.Join(strings.Fields(text), " ")
	for len(text) > limit {
		_, size := utf8.DecodeLastRuneInString(text[:limit+1])
		text = text[:limit+1-size]
	}
	return text
}
