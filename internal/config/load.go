package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"

	"github.com/ciiscan/ciiscan/inventory"
)

// prefix begins every environment variable that is a setting.
const prefix = "CIISCAN_"

// clientVariables are read by the command line, which has no other settings.
var clientVariables = []string{"CIISCAN_TOKEN", "CIISCAN_SERVER", "CIISCAN_CA", "CIISCAN_CONFIG"}

// testVariables begin like settings and are the tests' own.
const testVariables = "CIISCAN_TEST_"

// fields maps each setting's name to where it goes. To add one, add it here,
// to Config and to docs/operations.md.
func fields(c *Config) map[string]func(string) error {
	return map[string]func(string) error{
		"data":                text(&c.Data),
		"database.url":        secret(&c.Database.URL),
		"scan.allow_reserved": list(&c.Scan.AllowReserved, "a prefix like 10.0.0.0/8", parsePrefix),
		"scan.resolvers":      list(&c.Scan.Resolvers, "an address like 192.0.2.53:53", parseResolver),
		"scan.nmap_path":      text(&c.Scan.NmapPath),
		"api.socket":          text(&c.API.Socket),
		"api.listen":          text(&c.API.Listen),
		"api.tls_cert":        text(&c.API.TLSCert),
		"api.tls_key":         text(&c.API.TLSKey),
		"worker.name":         text(&c.Worker.Name),
		"worker.slots":        number(&c.Worker.Slots),
		"worker.url":          secret(&c.Worker.URL),
		"publisher.name":      text(&c.Publisher.Name),
		"publisher.namespace": text(&c.Publisher.Namespace),
		"log.level":           level(&c.Log.Level),
		"log.format":          text(&c.Log.Format),
	}
}

// Load reads the settings from defaults, the file (none when the name is
// empty) and the environment, and returns every mistake in them at once.
func Load(name string, environ []string) (Config, error) {
	k := koanf.New(".")
	if err := k.Load(confmap.Provider(defaults(), "."), nil); err != nil {
		return Config{}, fmt.Errorf("load defaults: %w", err)
	}
	if name != "" {
		if err := k.Load(file.Provider(name), yaml.Parser()); err != nil {
			return Config{}, &inventory.InputError{
				Field: "configuration file", Value: name, Message: err.Error(),
				Hint: "see docs/operations.md for the settings",
			}
		}
	}
	env, err := fromEnviron(environ)
	if err := errors.Join(err, k.Load(confmap.Provider(env, "."), nil)); err != nil {
		return Config{}, err
	}
	return assign(k)
}

// assign puts every value into its field.
func assign(k *koanf.Koanf) (Config, error) {
	var c Config
	known := fields(&c)
	var errs []error
	for _, key := range k.Keys() {
		set, ok := known[key]
		if !ok {
			errs = append(errs, &inventory.InputError{
				Field: "setting", Value: key, Message: "is unknown", Hint: "did you mean " + nearest(key, known) + "?",
			})
			continue
		}
		if err := set(flat(k.Get(key))); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", key, err))
		}
	}
	if c.Data != "" && c.API.Socket == "" {
		c.API.Socket = SocketIn(c.Data)
	}
	return c, errors.Join(append(errs, c.validate())...)
}

// flat turns a YAML list into the text that the environment would hold.
func flat(v any) string {
	items, ok := v.([]any)
	if !ok {
		return fmt.Sprint(v)
	}
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = fmt.Sprint(item)
	}
	return strings.Join(words, ",")
}

// fromEnviron finds the settings among environment variables.
func fromEnviron(environ []string) (map[string]any, error) {
	out := map[string]any{}
	var errs []error
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		key, ok := strings.CutPrefix(name, prefix)
		if !ok || slices.Contains(clientVariables, name) || strings.HasPrefix(name, testVariables) {
			continue
		}
		if bare, isFile := strings.CutSuffix(key, "_FILE"); isFile {
			body, err := os.ReadFile(value)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
				continue
			}
			key, value = bare, strings.TrimRight(string(body), "\r\n")
		}
		out[strings.ToLower(strings.ReplaceAll(key, "__", "."))] = value
	}
	return out, errors.Join(errs...)
}

func text(p *string) func(string) error {
	return func(s string) error { *p = s; return nil }
}

func secret(p *Secret) func(string) error {
	return func(s string) error { *p = Secret(s); return nil }
}

func number(p *int) func(string) error {
	return func(s string) (err error) {
		if *p, err = strconv.Atoi(s); err != nil {
			return &inventory.InputError{Field: "value", Value: s, Message: "is not a whole number"}
		}
		return nil
	}
}

func level(p *slog.Level) func(string) error {
	return func(s string) error {
		if p.UnmarshalText([]byte(s)) != nil {
			return &inventory.InputError{Field: "value", Value: s, Message: "is not a log level", Hint: "use debug, info, warn or error"}
		}
		return nil
	}
}

func list[T any](p *[]T, want string, parse func(string) (T, error)) func(string) error {
	return func(s string) error {
		var errs []error
		for part := range strings.SplitSeq(s, ",") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			v, err := parse(part)
			if err != nil {
				errs = append(errs, &inventory.InputError{Field: "value", Value: part, Message: err.Error(), Hint: "write " + want})
				continue
			}
			*p = append(*p, v)
		}
		return errors.Join(errs...)
	}
}

func parsePrefix(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}

func parseResolver(s string) (netip.AddrPort, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.AddrPortFrom(a, 53), nil
	}
	return netip.ParseAddrPort(s)
}

// nearest finds the known name that shares the longest beginning or end.
func nearest(key string, known map[string]func(string) error) string {
	best, score := "", -1
	for name := range known {
		n := common(key, name) + common(reverse(key), reverse(name))
		if n > score || n == score && name < best {
			best, score = name, n
		}
	}
	return best
}

func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func reverse(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}
