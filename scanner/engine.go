package scanner

import (
	"context"

	"github.com/ciiscan/ciiscan/inventory"
)

// An Engine looks at hosts with one tool.
type Engine interface {
	// Scan touches only the batch's targets, at no more than the profile's
	// rates, and returns what it saw and what it covered. When ctx ends, or
	// the tool breaks, it returns what it has so far with the error: the
	// result's coverage is true either way. Scan stops sending within five
	// seconds of ctx's end. It may be called from several goroutines.
	Scan(ctx context.Context, b Batch) (Result, error)
}

// A Batch is what one call of an engine may touch.
type Batch struct {
	Task    inventory.TaskID
	Profile Profile
	// Targets are the permits; several may name one address, each for its own
	// asset or virtual host. The first for an address owns what concerns the
	// address as a whole.
	Targets []inventory.Target
	// Services are what earlier stages saw alive; nil in the first stage.
	Services []inventory.Service
}

// A Result is what an engine brought back.
type Result struct {
	Hosts        []inventory.HostResult
	Observations []inventory.Observation
	Ports        []inventory.PortCoverage
	Checks       []inventory.CheckCoverage
	// Requests counts what was sent: probes or requests, as the tool counts.
	Requests int64
	// Method says how ports were probed: "syn" or "connect"; "" elsewhere.
	Method string
}

// Merge adds a later stage's result to r. Of two results for one host the
// worse outcome stays.
func (r *Result) Merge(later Result) {
	for _, h := range later.Hosts {
		r.addHost(h)
	}
	r.Observations = append(r.Observations, later.Observations...)
	r.Ports = append(r.Ports, later.Ports...)
	r.Checks = append(r.Checks, later.Checks...)
	r.Requests += later.Requests
	if r.Method == "" {
		r.Method = later.Method
	}
}

func (r *Result) addHost(h inventory.HostResult) {
	for i, have := range r.Hosts {
		if have.Asset == h.Asset && have.Addr == h.Addr {
			if worse(h.Outcome, have.Outcome) {
				r.Hosts[i] = h
			}
			return
		}
	}
	r.Hosts = append(r.Hosts, h)
}
