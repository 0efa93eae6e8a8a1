package inventory

import (
	"fmt"
	"strconv"
	"strings"
)

// A PortSet is a set of ports as sorted, disjoint, non-adjacent ranges; it
// prints as "22,80,8000-8010". The zero value is empty.
type PortSet struct{ ranges []portRange }

type portRange struct{ lo, hi uint16 }

// Ports makes a set of single ports.
func Ports(ports ...uint16) PortSet {
	var s PortSet
	for _, p := range ports {
		s.AddRange(p, p)
	}
	return s
}

// ParsePortSet reads "22,80,8000-8010". Empty text is the empty set.
func ParsePortSet(text string) (PortSet, error) {
	var s PortSet
	if strings.TrimSpace(text) == "" {
		return s, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		a, b, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			b = a
		}
		lo, err1 := strconv.ParseUint(a, 10, 16)
		hi, err2 := strconv.ParseUint(b, 10, 16)
		if err1 != nil || err2 != nil || lo > hi {
			return PortSet{}, invalid("ports", part, "not a port or a range", "write ports like 22,80,8000-8010")
		}
		s.AddRange(uint16(lo), uint16(hi))
	}
	return s, nil
}

// MustPorts is ParsePortSet for constants; it panics on a mistake in them.
func MustPorts(text string) PortSet {
	s, err := ParsePortSet(text)
	if err != nil {
		panic(fmt.Sprintf("inventory.MustPorts(%q): %v", text, err))
	}
	return s
}

// AddRange adds lo to hi, both included.
func (s *PortSet) AddRange(lo, hi uint16) {
	var out []portRange
	placed := false
	for _, r := range s.ranges {
		switch {
		case int(r.hi)+1 < int(lo): // wholly before, not touching
			out = append(out, r)
		case int(hi)+1 < int(r.lo): // wholly after
			if !placed {
				out, placed = append(out, portRange{lo, hi}), true
			}
			out = append(out, r)
		default:
			lo, hi = min(lo, r.lo), max(hi, r.hi)
		}
	}
	if !placed {
		out = append(out, portRange{lo, hi})
	}
	s.ranges = out
}

// Add adds one port.
func (s *PortSet) Add(p uint16) { s.AddRange(p, p) }

// Contains tells whether p is in the set.
func (s PortSet) Contains(p uint16) bool {
	for _, r := range s.ranges {
		if r.lo <= p && p <= r.hi {
			return true
		}
	}
	return false
}

// Len counts the ports.
func (s PortSet) Len() int {
	n := 0
	for _, r := range s.ranges {
		n += int(r.hi) - int(r.lo) + 1
	}
	return n
}

// All yields every port in order.
func (s PortSet) All() func(yield func(uint16) bool) {
	return func(yield func(uint16) bool) {
		for _, r := range s.ranges {
			for p := int(r.lo); p <= int(r.hi); p++ {
				if !yield(uint16(p)) {
					return
				}
			}
		}
	}
}

// String prints the set as ParsePortSet reads it and as nmap's -p takes it.
func (s PortSet) String() string {
	parts := make([]string, len(s.ranges))
	for i, r := range s.ranges {
		if r.lo == r.hi {
			parts[i] = strconv.Itoa(int(r.lo))
		} else {
			parts[i] = fmt.Sprintf("%d-%d", r.lo, r.hi)
		}
	}
	return strings.Join(parts, ",")
}
