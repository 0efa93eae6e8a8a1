package inventory

import (
	"cmp"
	"slices"
	"time"
)

// judgeServices brings the list of open services up to date. A port that was
// not asked, or did not answer, keeps what is known of it.
func judgeServices(in JudgeInput) (open, gone []Service) {
	proof := newProof(in.Seen)
	covered := map[hostKey]bool{}
	for _, c := range in.Seen.Ports {
		covered[hostKey{addr: plainAddr(c.Addr)}] = true
	}
	seen := seenServices(in)
	answered := map[portKey]bool{} // ports that a service of this task owns
	named := map[portKey]bool{}    // ports of which something is known
	before := map[serviceKey]Service{}
	for _, s := range in.Services {
		before[keyOfService(s)] = s
	}
	for key, s := range seen {
		if !covered[hostKey{addr: key.addr}] {
			continue
		}
		answered[key.portKey], named[key.portKey] = true, true
		if old, ok := before[key]; ok && !old.FirstSeen.IsZero() {
			s.FirstSeen = old.FirstSeen
		}
		open = append(open, s)
	}
	for key, s := range before {
		state := proof.state(key.portKey)
		switch {
		case !covered[hostKey{addr: key.addr}] || answered[key.portKey] || in.retired(s.Asset):
		case state == portClosed:
			gone = append(gone, s)
		case state&portOpen != 0:
			s.LastSeen = later(s.LastSeen, in.At)
			open, named[key.portKey] = append(open, s), true
		default:
			open = append(open, s)
		}
	}
	open = append(open, namelessServices(in, named)...)
	sortServices(open)
	sortServices(gone)
	return open, gone
}

// namelessServices lists the open ports of which nothing else is known.
func namelessServices(in JudgeInput, named map[portKey]bool) []Service {
	var out []Service
	for _, c := range in.Seen.Ports {
		if in.retired(c.Asset) {
			continue
		}
		for port := range c.Open.All() {
			key := portKey{plainAddr(c.Addr), port, plainTransport(c.Transport)}
			if named[key] {
				continue
			}
			named[key] = true
			out = append(out, Service{
				Asset: c.Asset, Addr: key.addr, Port: port, Transport: key.transport,
				FirstSeen: in.At, LastSeen: in.At,
			})
		}
	}
	return out
}

type serviceKey struct {
	portKey
	asset AssetID
}

func keyOfService(s Service) serviceKey {
	return serviceKey{portKey{plainAddr(s.Addr), s.Port, plainTransport(s.Transport)}, s.Asset}
}

// seenServices takes the newest of several observations of one service, and
// cleans what the host said. Of one that was not asked no more is known than
// that its port is open, which is no reason to forget what it said before.
func seenServices(in JudgeInput) map[serviceKey]Service {
	out := map[serviceKey]Service{}
	for _, o := range in.Seen.Observations {
		if o.Service == nil || o.Service.Unasked || in.retired(o.Asset) {
			continue
		}
		s := CleanService(serviceOf(o))
		s.LastSeen = o.At.UTC()
		if o.At.IsZero() || s.LastSeen.After(in.At) {
			s.LastSeen = in.At
		}
		s.FirstSeen = s.LastSeen
		key := keyOfService(s)
		if have, ok := out[key]; ok {
			if have.FirstSeen.Before(s.FirstSeen) {
				s.FirstSeen = have.FirstSeen
			}
			if !newerService(s, have) {
				have.FirstSeen = s.FirstSeen
				s = have
			}
		}
		out[key] = s
	}
	return out
}

// newerService prefers the later of two, and of two at one time the one that
// says more; the rest is only for a fixed order.
func newerService(a, b Service) bool {
	return cmp.Or(
		a.LastSeen.Compare(b.LastSeen),
		cmp.Compare(len(a.Name)+len(a.Product)+len(a.Version), len(b.Name)+len(b.Product)+len(b.Version)),
		cmp.Compare(a.Name+a.Product+a.Version+a.Banner, b.Name+b.Product+b.Version+b.Banner),
	) > 0
}

// CleanService returns s with every text that the host sent cleaned and
// capped.
func CleanService(s Service) Service {
	s.Name = CleanText(s.Name, 64)
	s.Product = CleanText(s.Product, 256)
	s.Version = CleanText(s.Version, 256)
	s.ExtraInfo = CleanText(s.ExtraInfo, 256)
	s.Banner = CleanText(s.Banner, 1<<10)
	cpes := make([]string, 0, len(s.CPEs))
	for _, c := range s.CPEs {
		if c = CleanText(c, 256); c != "" {
			cpes = append(cpes, c)
		}
	}
	slices.Sort(cpes)
	s.CPEs = slices.Compact(cpes)
	return s
}

func (in JudgeInput) retired(id AssetID) bool {
	a, ok := in.Assets[id]
	return ok && a.retired(in.At)
}

func (a Asset) retired(at time.Time) bool { return a.RetiredAt != nil && !a.RetiredAt.After(at) }

func sortServices(all []Service) {
	slices.SortFunc(all, func(a, b Service) int {
		return cmp.Or(
			cmp.Compare(a.Asset, b.Asset), a.Addr.Compare(b.Addr),
			cmp.Compare(a.Port, b.Port), cmp.Compare(a.Transport, b.Transport),
		)
	})
}
