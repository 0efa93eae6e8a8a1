package reports

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Closed is a finding that ended within the period, and how that is known.
type Closed struct {
	Finding  Finding              `json:"finding"`
	At       time.Time            `json:"closed_at"`
	Reason   string               `json:"reason"`
	DaysOpen int                  `json:"days_open"` // from the first sighting to the end
	Evidence inventory.EvidenceID `json:"evidence_id"`
	Task     inventory.TaskID     `json:"task_id"`
}

// A Between is an open finding that was seen within the period and that the
// last look did not confirm: its owner may know better whether it is there.
type Between struct {
	Finding Finding `json:"finding"`
	Reason  string  `json:"reason"`
}

// A Registered is an asset as its owner registered it.
type Registered struct {
	Asset       AssetRef              `json:"asset"`
	Kind        inventory.AddressKind `json:"kind"`
	First       string                `json:"first"` // the first address; empty for a name
	Last        string                `json:"last"`
	Addresses   int                   `json:"addresses"` // 0 for a name
	Criticality inventory.Criticality `json:"criticality"`
	Site        string                `json:"site"`
	At          time.Time             `json:"registered_at"`
}

// A Host is an address that answered at the last look. One that belongs to
// two assets is in both.
type Host struct {
	Asset    AssetRef          `json:"asset"`
	Address  string            `json:"address"`
	Hostname string            `json:"hostname"` // by which it was scanned, or ""
	LastLook time.Time         `json:"last_look"`
	Outcome  inventory.Outcome `json:"outcome"`
}

// closed lists what ended within the period, the latest first.
func (b builder) closed() []Closed {
	last := map[inventory.FindingID]inventory.FindingEvent{}
	for _, e := range b.events {
		if e.Kind == inventory.EventFixed {
			last[e.Finding] = e
		}
	}
	out := []Closed{}
	for _, f := range b.findings {
		if f.Detection.Present() || f.ClosedAt == nil || f.ClosedAt.Before(b.From) || !f.ClosedAt.Before(b.To) {
			continue
		}
		e := last[f.ID]
		out = append(out, Closed{
			Finding: b.finding(f), At: f.ClosedAt.UTC(), Reason: line(e.Reason), DaysOpen: wholeDays(f.ClosedAt.Sub(f.FirstSeen)),
			Evidence: cmp.Or(e.Evidence, f.Evidence), Task: e.Task,
		})
	}
	slices.SortFunc(out, func(x, y Closed) int {
		return cmp.Or(y.At.Compare(x.At), compareIDs(string(x.Finding.ID), string(y.Finding.ID)))
	})
	return out
}

// between lists what the last look did not confirm, the most urgent first.
func (b builder) between() []Between {
	out := []Between{}
	for _, f := range b.findings {
		if !f.Detection.Present() || f.LastSeen.Before(b.From) {
			continue
		}
		switch {
		case f.NotTested != "":
			out = append(out, Between{b.finding(f), "the last scan could not tell: " + line(f.NotTested)})
		case f.Negatives > 0:
			out = append(out, Between{b.finding(f), fmt.Sprintf("not seen at the last look, which alone does not prove that it is gone (%d in a row)", f.Negatives)})
		}
	}
	slices.SortFunc(out, func(x, y Between) int { return compareFindings(x.Finding, y.Finding) })
	return out
}

// scope lists the assets in use as they are registered.
func (b builder) scope() []Registered {
	out := []Registered{}
	for _, a := range b.assets {
		r := Registered{
			Asset: b.asset(a.ID), Kind: a.Address.Kind(), Criticality: a.Criticality, Site: line(a.Site), At: a.CreatedAt.UTC(),
		}
		if p, ok := a.Address.Prefix(); ok {
			r.First, r.Last, r.Addresses = p.Addr().String(), lastOf(p).String(), 1<<(p.Addr().BitLen()-p.Bits())
		}
		out = append(out, r)
	}
	return out
}

// lastOf is the last address of a prefix.
func lastOf(p netip.Prefix) netip.Addr {
	bytes := p.Addr().AsSlice()
	for bit := p.Bits(); bit < p.Addr().BitLen(); bit++ {
		bytes[bit/8] |= 0x80 >> (bit % 8)
	}
	last, _ := netip.AddrFromSlice(bytes) // as many bytes as the first has
	return last
}

// hosts lists the addresses that answered, by asset and address.
func (b builder) hosts() []Host {
	type place struct {
		asset inventory.AssetID
		addr  netip.Addr
	}
	names := map[place]string{} // as the findings know them, the first in order
	for _, f := range b.findings {
		at := place{f.Asset, f.Addr}
		if f.Hostname != "" && (names[at] == "" || f.Hostname < names[at]) {
			names[at] = f.Hostname
		}
	}
	latest := map[place]Coverage{}
	for _, c := range b.Coverage {
		a, known := b.Assets[c.Asset]
		at := place{c.Asset, c.Addr}
		if known && b.mine(a.Org) && c.Addr.IsValid() && reached(c.Outcome) && !c.At.Before(latest[at].At) {
			latest[at] = c
		}
	}
	out := []Host{}
	for at, c := range latest {
		out = append(out, Host{
			Asset: b.asset(at.asset), Address: at.addr.String(), Hostname: line(cmp.Or(b.Assets[at.asset].Address.Host(), names[at])),
			LastLook: c.At.UTC(), Outcome: c.Outcome,
		})
	}
	slices.SortFunc(out, func(x, y Host) int {
		return cmp.Or(compareIDs(string(x.Asset.ID), string(y.Asset.ID)), compareAddresses(x.Address, y.Address))
	})
	return out
}

// waived picks the open findings that a waiver in force leaves open, those
// whose waiver ends first at the top.
func waived(problems []Problem) []Finding {
	var out []Finding
	for _, p := range problems {
		for _, f := range p.Findings {
			if f.Waiver != inventory.WaiverNone {
				out = append(out, f)
			}
		}
	}
	slices.SortFunc(out, func(x, y Finding) int {
		return cmp.Or(compareDue(x.WaivedTill, y.WaivedTill), strings.Compare(string(x.Waiver), string(y.Waiver)), compareFindings(x, y))
	})
	return out
}

// risky picks the services that should not face a network that others use.
func risky(services []Service) []Service {
	return slices.DeleteFunc(slices.Clone(services), func(s Service) bool { return s.Risky == "" })
}

// certificates lists what services show, the next to end first.
func (b builder) certificates() []Certificate {
	out := []Certificate{}
	for _, c := range b.Certificates {
		a, ok := b.Assets[c.Asset]
		if !ok || !b.mine(a.Org) {
			continue
		}
		out = append(out, Certificate{
			Asset: b.asset(c.Asset), Address: c.Addr.String(), Port: c.Port, Transport: c.Transport,
			SHA256: c.SHA256, Subject: line(c.Subject), Issuer: line(c.Issuer), Names: lines(c.Names),
			NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(), DaysLeft: c.DaysLeft(b.At), Standing: c.Standing(b.At),
			KeyType: c.KeyType, KeyBits: c.KeyBits, SelfSigned: c.SelfSigned, FirstSeen: c.FirstSeen.UTC(), LastSeen: c.LastSeen.UTC(),
		})
	}
	slices.SortFunc(out, func(x, y Certificate) int {
		return cmp.Or(x.NotAfter.Compare(y.NotAfter), compareIDs(string(x.Asset.ID), string(y.Asset.ID)), compareAddresses(x.Address, y.Address),
			cmp.Compare(x.Port, y.Port), cmp.Compare(x.Transport, y.Transport))
	})
	return out
}

func wholeDays(d time.Duration) int { return int(d / (24 * time.Hour)) }
