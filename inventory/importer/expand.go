package importer

import (
	"errors"
	"net/netip"
	"strings"
	"unicode"

	"github.com/ciiscan/ciiscan/inventory"
	"go4.org/netipx"
)

// expand reads a cell of addresses: one, several, or ranges like 10.1.1.1-20
// and 10.1.1.1-10.1.1.20, which become the fewest prefixes that hold them. It
// returns what it could read even with an error.
func expand(cell string) ([]inventory.Address, error) {
	cell = strings.NewReplacer("–", "-", "—", "-", "\ufeff", "").Replace(cell)
	words := strings.FieldsFunc(joinRanges(cell), func(c rune) bool {
		return c == ',' || c == ';' || unicode.IsSpace(c)
	})
	var out []inventory.Address
	var errs []error
	for _, w := range words {
		texts := []string{w}
		if first, last, ok := cutRange(w); ok {
			var err error
			if texts, err = splitRange(w, first, last); err != nil {
				errs = append(errs, err)
				continue
			}
		}
		for _, text := range texts {
			a, err := inventory.ParseAddress(text)
			if err != nil {
				errs = append(errs, err)
				break
			}
			out = append(out, a)
		}
	}
	if len(words) == 0 {
		errs = append(errs, &inventory.InputError{Field: "address", Value: cell, Message: "empty", Hint: "write an IP address, a prefix, a host name or a URL"})
	}
	return out, errors.Join(errs...)
}

// joinRanges takes out the spaces around a hyphen: "10.1.1.1 - 10.1.1.9".
func joinRanges(s string) string {
	fields := strings.Fields(s)
	var b strings.Builder
	for i, f := range fields {
		if i > 0 && f[0] != '-' && !strings.HasSuffix(fields[i-1], "-") {
			b.WriteByte(' ')
		}
		b.WriteString(f)
	}
	return b.String()
}

// cutRange splits "first-last" when first is an address; names have hyphens
// too.
func cutRange(s string) (first netip.Addr, last string, ok bool) {
	from, last, ok := strings.Cut(s, "-")
	if !ok {
		return netip.Addr{}, "", false
	}
	first, err := netip.ParseAddr(from)
	return first.Unmap(), last, err == nil && first.Zone() == ""
}

// splitRange returns the fewest prefixes that hold exactly first to last;
// last may be the last number of an IPv4 address only.
func splitRange(text string, first netip.Addr, last string) ([]string, error) {
	wrong := func(message string) error {
		return &inventory.InputError{Field: "address", Value: shorten(text), Message: message, Hint: "write ranges like 192.0.2.1-20 or 192.0.2.1-192.0.2.20"}
	}
	if first.Is4() && !strings.Contains(last, ".") {
		full := first.String()
		last = full[:strings.LastIndexByte(full, '.')+1] + last
	}
	end, err := netip.ParseAddr(last)
	if err != nil || end.Zone() != "" {
		return nil, wrong("not a range of addresses")
	}
	rng := netipx.IPRangeFrom(first, end.Unmap())
	if !rng.IsValid() {
		return nil, wrong("the range ends before it begins")
	}
	var out []string
	for _, p := range rng.Prefixes() {
		out = append(out, p.String())
	}
	return out, nil
}
