package config

import (
	"slices"
	"strings"

	"github.com/knadh/koanf/v2"
)

// A Setting is one as it counts, and where it was said.
type Setting struct {
	Name   string
	Value  string // "" for a secret, and for what is not set
	Set    bool
	Secret bool
	// From is a file's name, a variable of the environment, "default",
	// "derived" from others, or "".
	From string
	// Restart names the programs that read it, when they start.
	Restart []string
}

// Origins of values that nobody gave.
const (
	FromDefault = "default"
	FromOthers  = "derived"
)

// explain lists every setting by name.
func explain(k *koanf.Koanf, c *Config, file string, inFile *koanf.Koanf, given map[string]string) []Setting {
	derived := map[string]string{
		"api.socket": c.API.Socket, "console.listen": c.Console.Listen, "console.socket": c.Console.Socket, "console.url": c.Console.URL,
		"identity.key": c.Identity.Key, "exchange.openpgp_key": c.Exchange.OpenPGPKey, "exchange.pseudonym_key": c.Exchange.PseudonymKey,
	}
	var out []Setting
	for name, field := range fields(new(Config)) {
		s := Setting{Name: name, Secret: field.secret, Restart: readers(name)}
		switch {
		case given[name] != "":
			s.From = given[name]
		case inFile.Exists(name):
			s.From = file
		case k.Exists(name):
			s.From = FromDefault
		case derived[name] != "":
			s.From, s.Value = FromOthers, derived[name]
		}
		if k.Exists(name) {
			s.Value = flat(k.Get(name))
		}
		s.Set = s.Value != ""
		if s.Secret {
			s.Value = ""
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Setting) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// readers are the programs that a setting is for.
func readers(name string) []string {
	section, _, _ := strings.Cut(name, ".")
	switch {
	case section == "worker" || name == "scan.nmap_path":
		return []string{"ciiscan-worker"}
	case section == "data" || section == "scan" && name != "scan.sources" || section == "log":
		return []string{"ciiscand", "ciiscan-worker"}
	}
	return []string{"ciiscand"}
}
