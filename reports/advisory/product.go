package advisory

import (
	"net/url"
	"regexp"
	"strings"
)

// cpeWord is what a part of a CPE may be: a host can put anything into its
// banner, and the scanner copies some of it into the CPE.
var cpeWord = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// cpeVersion is the part of a version that makers write: 7.0.15, 9.2p1. What
// follows it, such as "-lankagrid", is of whoever installed it.
var cpeVersion = regexp.MustCompile(`^[0-9]{1,10}([.-][0-9]{1,10}){0,5}([a-z]{1,2}[0-9]{1,3})?`)

// ParseCPE reads an application or hardware CPE, as a 2.2 URI or a 2.3 string,
// and returns the product with its CPE in 2.3 form. Operating systems are
// left out: a port scan guesses them. Of a version only the number stays.
func ParseCPE(cpe string) (Product, bool) {
	var parts []string
	if rest, ok := strings.CutPrefix(cpe, "cpe:2.3:"); ok {
		parts = strings.Split(strings.ReplaceAll(rest, `\`, ""), ":")
	} else if rest, ok := strings.CutPrefix(cpe, "cpe:/"); ok {
		parts = strings.Split(rest, ":")
	}
	if len(parts) < 3 || parts[0] != "a" && parts[0] != "h" {
		return Product{}, false
	}
	word := func(i int) string {
		if i >= len(parts) {
			return ""
		}
		w, err := url.PathUnescape(parts[i])
		if err != nil || !cpeWord.MatchString(strings.ToLower(w)) {
			return ""
		}
		return strings.ToLower(w)
	}
	p := Product{Vendor: word(1), Name: word(2), Version: cpeVersion.FindString(word(3))}
	if p.Vendor == "" || p.Name == "" {
		return Product{}, false
	}
	version := p.Version
	if version == "" {
		version = "*"
	}
	p.CPE = "cpe:2.3:" + strings.Join([]string{parts[0], p.Vendor, p.Name, version}, ":") + ":*:*:*:*:*:*:*"
	return p, true
}

// Label reads "redis 7.0.15" or "apache http server 2.4.57".
func (p Product) Label() string {
	words := []string{p.Vendor, p.Name, p.Version}
	if p.Vendor == p.Name || strings.HasPrefix(p.Name, p.Vendor+"_") {
		words = words[1:]
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(strings.Join(words, " "), "_", " ")), " ")
}
