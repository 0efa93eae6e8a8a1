package exchange

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"golang.org/x/net/publicsuffix"
)

// portForm is a port as the rows have it. Whatever else stands there is
// foreign text, and stays here.
var portForm = regexp.MustCompile(`^[0-9]{1,5}/(tcp|udp)$`)

// coarseAddress is the network of an address: /24, or /48. A name or a URL
// has none.
func coarseAddress(s string) string {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		a, err := netip.ParseAddr(strings.Trim(s, "[]"))
		if err != nil {
			return ""
		}
		a = a.Unmap().WithZone("")
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if a := p.Addr(); a.Is4In6() {
		return "" // a prefix of mapped addresses is no network that anybody routes
	}
	bits := 48
	if p.Addr().Is4() {
		bits = 24
	}
	return netip.PrefixFrom(p.Addr(), min(bits, p.Bits())).Masked().String()
}

// coarseHostname is what stands behind the registered domain: "lk", "gov.lk".
func coarseHostname(s string) string {
	s = strings.ToLower(strings.Trim(s, "."))
	suffix, icann := publicsuffix.PublicSuffix(s)
	if !icann || suffix == s { // a company's own suffix names it
		_, after, _ := strings.Cut(suffix, ".")
		if suffix == s || after == "" {
			return ""
		}
		return after[strings.LastIndexByte(after, '.')+1:]
	}
	return suffix
}

// coarseEvidence is the first line with words in it, with every address, host
// name, URL and mail address taken out.
func coarseEvidence(s string) string {
	for line := range strings.Lines(s) {
		words := strings.Fields(inventory.CleanText(line, 200))
		for i, w := range words {
			if len(pointers(w)) > 0 {
				words[i] = "…"
			}
		}
		if len(words) > 0 {
			return strings.Join(words, " ")
		}
	}
	return ""
}

// identifiers are the values of a row that lead to its operator.
func identifiers(x advisory.Affected) []string {
	out := []string{x.OrgName, x.Address, x.Hostname, x.Site}
	if u, err := url.Parse(x.Address); err == nil && u.Hostname() != "" {
		out = append(out, u.Hostname())
	}
	return out
}

// fromEvidence are the values of a row's evidence that may lead to its
// operator: what points somewhere, and the whole, unless it is so short that
// it says no more than "login prompt".
func fromEvidence(s string) []string {
	out := pointers(s)
	if s = strings.TrimSpace(s); longText(s) {
		out = append(out, s)
	}
	return out
}

// longText is what is searched for as it is, and not word by word.
func longText(s string) bool { return strings.Contains(s, "\n") || len(s) > 100 }

var (
	wordForm = regexp.MustCompile(`[^\s"'<>(){}|,;=]+`)
	hostForm = regexp.MustCompile(`(?i)^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]*[a-z0-9]\.?$`)
)

// pointers are the addresses, host names, URLs and mail addresses in a text.
func pointers(s string) []string {
	var out []string
	for _, w := range wordForm.FindAllString(s, -1) {
		w = strings.TrimRight(strings.Trim(w, "`"), ".:!?")
		host := w
		if u, err := url.Parse(w); err == nil && u.Hostname() != "" {
			host = u.Hostname()
		}
		if _, domain, ok := strings.Cut(host, "@"); ok {
			host = domain
		}
		if bare, _, ok := strings.Cut(host, ":"); ok && strings.Count(host, ":") == 1 {
			host = bare
		}
		bare := strings.Trim(host, "[]")
		if bare, _, _ = strings.Cut(bare, "/"); isAddress(bare) || isHostname(bare) {
			out = append(out, w)
			if bare != w {
				out = append(out, bare)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// isHostname wants a suffix that is really given out, so that "index.html"
// and "7.0.15" do not count.
func isHostname(s string) bool {
	if !hostForm.MatchString(s) || len(s) > 253 {
		return false
	}
	suffix, icann := publicsuffix.PublicSuffix(strings.ToLower(strings.TrimSuffix(s, ".")))
	return icann || strings.Contains(suffix, ".") || slices.Contains(innerSuffixes, suffix)
}

// innerSuffixes are given out by nobody but name hosts all the same.
var innerSuffixes = []string{"example", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain", "test"}

// naming leaves out what names nobody, such as "Main building": what cannot
// be found in itself is of common words.
func naming(values []string) []string {
	var out []string
	for _, v := range values {
		if v = strings.TrimSpace(v); len(v) < 3 {
			continue
		}
		if _, place := placeForms(v); place || longText(v) || tells(strings.ToUpper(v), []string{v}) {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func tells(text string, values []string) bool { return len(advisory.FindLeaks(text, values)) > 0 }
