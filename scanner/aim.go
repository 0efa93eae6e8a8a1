package scanner

import (
	"slices"

	"github.com/ciiscan/ciiscan/inventory"
)

// An Aim narrows a scan to what decides one question, such as whether a peer's
// warning holds here. The zero Aim leaves the profile as it is.
type Aim struct {
	// Checks are the only ones to run.
	Checks []inventory.CheckID `json:"checks,omitempty"`
	// TCP and UDP are the only ports to ask, as PortSet writes them.
	TCP string `json:"tcp,omitempty"`
	UDP string `json:"udp,omitempty"`
}

// IsZero tells whether the aim narrows nothing.
func (a Aim) IsZero() bool { return len(a.Checks) == 0 && a.TCP == "" && a.UDP == "" }

// Aimed is the profile with everything else left out: same pace, same care,
// fewer questions. It is an InputError when the aim's ports cannot be read.
func (p Profile) Aimed(a Aim) (Profile, error) {
	if a.IsZero() {
		return p, nil
	}
	tcp, err := inventory.ParsePortSet(a.TCP)
	if err != nil {
		return Profile{}, err
	}
	udp, err := inventory.ParsePortSet(a.UDP)
	if err != nil {
		return Profile{}, err
	}
	if p.Serial { // what may be asked of OT is named, and nothing widens it
		tcp = common(tcp, p.TCP)
	}
	if p.UDP.Len() == 0 {
		udp = inventory.PortSet{}
	}
	p.TCP, p.UDP, p.Scripts = tcp, udp, nil
	p.Checks = slices.Clone(a.Checks)
	p.Templates = p.Templates && len(a.Checks) > 0
	return p, nil
}

func common(a, b inventory.PortSet) inventory.PortSet {
	var out inventory.PortSet
	for port := range a.All() {
		if b.Contains(port) {
			out.Add(port)
		}
	}
	return out
}
