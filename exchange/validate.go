package exchange

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// Categories lists what agreements tell apart.
func Categories() []advisory.Category {
	return []advisory.Category{advisory.Vulnerability, advisory.Exposure, advisory.Indicators, advisory.Incident, advisory.Statistics}
}

// Channels lists every channel, the pull feeds first.
func Channels() []Channel {
	return []Channel{ChannelCSAF, ChannelTAXII, ChannelMISP, ChannelPush, ChannelMail, ChannelBundle}
}

// Themes lists the five, in the order in which plans name them.
func Themes() []Theme {
	return []Theme{ThemeExchange, ThemeCybercrime, ThemeCII, ThemeIncident, ThemeNorms}
}

// mistakes gathers every mistake of an input, so that it is mended in one go.
type mistakes []error

func (m *mistakes) add(field, value, message, hint string) {
	*m = append(*m, &inventory.InputError{Field: field, Value: oneLine(value, 100), Message: message, Hint: hint})
}

func (m *mistakes) keep(err error) {
	if err != nil {
		*m = append(*m, err)
	}
}

// oneLine tidies a line of text written by people.
func oneLine(s string, max int) string {
	return strings.Join(strings.Fields(inventory.CleanText(s, max)), " ")
}

// line tidies a field and complains when it is too long or missing.
func (m *mistakes) line(field string, s *string, max int, needed string) {
	whole := oneLine(*s, 1<<16)
	*s = oneLine(*s, max)
	if whole != *s {
		m.add(field, whole, fmt.Sprintf("longer than %d bytes", max), "")
	}
	if needed != "" && *s == "" {
		m.add(field, "", "is missing", needed)
	}
}

// oneOf complains about a word that is not in the list; with fallback "" the
// word may be left out.
func oneOf[T ~string](m *mistakes, field string, v *T, all []T, fallback T) {
	*v = T(strings.ToLower(strings.TrimSpace(string(*v))))
	if *v == "" {
		*v = fallback
	}
	if *v != "" && !slices.Contains(all, *v) {
		m.add(field, string(*v), "unknown word", "use one of: "+list(all))
	}
}

// someOf complains about words that are not in the list, or are there twice.
func someOf[T ~string](m *mistakes, field string, vs *[]T, all []T) {
	out := []T{}
	for i, v := range *vs {
		at := fmt.Sprintf("%s[%d]", field, i)
		oneOf(m, at, &v, all, "")
		switch {
		case v == "":
			m.add(at, "", "is empty", "use one of: "+list(all))
		case slices.Contains(out, v):
			m.add(at, string(v), "is there twice", "take one out")
		}
		out = append(out, v)
	}
	*vs = out
}

// count complains about a number of days or hours that makes no sense.
func (m *mistakes) count(field string, n, max int) {
	if n < 0 || n > max {
		m.add(field, fmt.Sprint(n), fmt.Sprintf("not between 0 and %d", max), "")
	}
}

// label reads a TLP label in any of its spellings; "" stays "".
func (m *mistakes) label(field string, t *advisory.TLP) {
	if strings.TrimSpace(string(*t)) == "" {
		*t = ""
		return
	}
	v, err := advisory.ParseTLP(string(*t))
	if err != nil {
		m.add(field, string(*t), "unknown Traffic Light Protocol label", "use one of: "+list(advisory.TLPs()))
		return
	}
	*t = v
}

// email accepts one bare address, or none.
func (m *mistakes) email(field string, s *string) {
	*s = strings.TrimSpace(*s)
	if *s == "" {
		return
	}
	a, err := mail.ParseAddress(*s)
	if err != nil || a.Address != *s || a.Name != "" || len(*s) > 254 {
		m.add(field, *s, "not an e-mail address", "write it like soc@example.org")
	}
}

func (m mistakes) join() error { return errors.Join(m...) }
