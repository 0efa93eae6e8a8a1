package nmap

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// believable is how many open ports one host can have. Where more answer,
// something in front of it accepts every connection, and an answer that every
// port gives says nothing about any of them.
const believable = 500

// fewestAll is how many ports must have been asked for "all are open" to mean
// the same: no machine serves all that the shortest profile asks for.
const fewestAll = 9

// A host is one address and what is known of it so far. Only its lane writes.
type host struct {
	addr    netip.Addr
	assets  []inventory.AssetID // the first owns the ports
	until   time.Time           // when the best permit ends; zero without one
	refusal string              // why there is none

	tcp, udp answers
	seen     map[endpoint]xmlPort // open ports, as last described
	asked    map[endpoint]bool    // those that were asked to an end what they are

	over      bool // nothing more is to be asked
	done      bool // every stage came to its end
	outcome   inventory.Outcome
	reason    string
	stoppedBy error
}

type endpoint struct {
	port      uint16
	transport inventory.Transport
}

// answers says of every port what is known. The zero value: nothing asked.
type answers [1 << 16]answer

type answer byte

const (
	notAsked answer = iota
	open
	closed
	filtered // also everything that is neither open nor closed for certain
)

func newHost(addr netip.Addr) *host {
	return &host{addr: addr, seen: map[endpoint]xmlPort{}, asked: map[endpoint]bool{}}
}

// admit adds a permit. One that does not allow this look counts for nothing,
// but one for an OT machine binds the others: it has only one network card.
func (h *host) admit(t inventory.Target, p scanner.Profile, now time.Time) {
	if !slices.Contains(h.assets, t.Asset()) {
		h.assets = append(h.assets, t.Asset())
	}
	switch {
	case !t.Addr().IsValid() || t.Addr().Zone() != "":
		h.refusal = "not an address that can be scanned"
	case t.Class() == inventory.OT && t.Level() <= inventory.LevelLight && !p.Serial:
		h.refusal = fmt.Sprintf("an OT asset is looked at with the profile ot only, not %s", p.Name)
		h.end(inventory.Blocked, h.refusal)
	case t.Level() < p.Level:
		h.refusal = fmt.Sprintf("%s allows the level %s, the profile %s needs %s", t.Authorization(), t.Level(), p.Name, p.Level)
	case !now.Before(t.Until()):
		h.refusal = "the scan window or the authorisation is over"
	case t.Until().After(h.until):
		h.until = t.Until()
	}
}

// end stops asking the host; the first reason stays.
func (h *host) end(o inventory.Outcome, reason string) {
	h.over = true
	if h.outcome == "" {
		h.outcome, h.reason = o, reason
	}
}

// cover takes in what nmap said of the ports it was asked about. A port that
// is listed is as listed. One in a summary is as the summary says if it names
// its ports, as nmap does from 7.93 on, or if there is only that one. Any
// other is filtered: nothing is known.
func (h *host) cover(t inventory.Transport, asked inventory.PortSet, x xmlPorts) {
	known := h.answers(t)
	rest := filtered
	if len(x.Extra) == 1 && len(namedPortsOf(x.Extra[0], t)) == 0 {
		rest = answerOf(x.Extra[0].State)
	}
	for p := range asked.All() {
		known[p] = rest
	}
	for _, extra := range x.Extra {
		for _, set := range namedPortsOf(extra, t) {
			for p := range set.All() {
				if asked.Contains(p) {
					known[p] = answerOf(extra.State)
				}
			}
		}
	}
	for _, p := range x.Ports {
		if p.Transport != string(t) || !asked.Contains(p.ID) {
			continue
		}
		known[p.ID] = answerOf(p.State.State)
		if known[p.ID] == open {
			h.seen[endpoint{p.ID, t}] = p
		}
	}
}

// identify takes in what the services said. It changes no port's answer: the
// ports were covered by the stage before. A UDP service that is silent now
// ("open|filtered") was asked; a port that does not answer any more was not.
func (h *host) identify(x xmlPorts) {
	for _, p := range x.Ports {
		e := endpoint{p.ID, inventory.Transport(p.Transport)}
		if _, known := h.seen[e]; !known || !strings.HasPrefix(p.State.State, "open") {
			continue
		}
		h.asked[e] = true
		if answerOf(p.State.State) == open {
			h.seen[e] = p
		}
	}
}

func (h *host) answers(t inventory.Transport) *answers {
	if t == inventory.UDP {
		return &h.udp
	}
	return &h.tcp
}

// answerOf reads nmap's word for a port's state. "open|filtered" is silence,
// and silence is not an open port.
func answerOf(state string) answer {
	switch state {
	case "open":
		return open
	case "closed":
		return closed
	}
	return filtered
}

// namedPortsOf are the ports that a summary names, for one transport.
func namedPortsOf(x xmlExtra, t inventory.Transport) []inventory.PortSet {
	var out []inventory.PortSet
	for _, r := range x.Reasons {
		if r.Transport != string(t) || r.Ports == "" {
			continue
		}
		if set, err := inventory.ParsePortSet(r.Ports); err == nil {
			out = append(out, set)
		}
	}
	return out
}

// open lists the open ports of one transport, in order.
func (h *host) open(t inventory.Transport) []uint16 {
	var out []uint16
	for p, a := range h.answers(t) {
		if a == open {
			out = append(out, uint16(p))
		}
	}
	return out
}

// acceptsAll tells whether more TCP ports are open than one host can have.
func (h *host) acceptsAll() bool {
	asked, accepted := 0, 0
	for _, a := range h.tcp {
		if a != notAsked {
			asked++
		}
		if a == open {
			accepted++
		}
	}
	return accepted > believable || accepted == asked && asked >= fewestAll
}

// answered tells whether any port said anything.
func (h *host) answered() bool {
	sure := func(a answer) bool { return a == open || a == closed }
	return slices.ContainsFunc(h.tcp[:], sure) || slices.ContainsFunc(h.udp[:], sure)
}

// covered tells whether any port was asked to an end.
func (h *host) covered() bool {
	asked := func(a answer) bool { return a != notAsked }
	return slices.ContainsFunc(h.tcp[:], asked) || slices.ContainsFunc(h.udp[:], asked)
}

// verdict is how the look at the host ended.
func (h *host) verdict(p scanner.Profile, err error) (inventory.Outcome, string) {
	switch {
	case h.outcome != "":
		return h.outcome, h.reason
	case h.done && h.acceptsAll():
		return inventory.Partial, fmt.Sprintf("%d ports accept connections: something in front of the host answers for it", len(h.open(inventory.TCP)))
	case h.done && p.Versions && !p.Serial && max(len(h.open(inventory.TCP)), len(h.open(inventory.UDP))) > namedPorts:
		return inventory.Partial, fmt.Sprintf("only the first %d open ports were asked what they are", namedPorts)
	case h.done && !h.answered():
		if !p.Discovery || p.Serial {
			return inventory.Unreachable, "no port answered"
		}
		return inventory.Complete, ""
	case h.done:
		return inventory.Complete, ""
	}
	cause := h.stoppedBy
	if cause == nil {
		cause = err
	}
	stopped := errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded) || errors.Is(cause, errPermitOver)
	if stopped || h.covered() {
		return inventory.Partial, fmt.Sprintf("stopped before the end: %v", cause)
	}
	return inventory.Failed, fmt.Sprint(cause)
}
