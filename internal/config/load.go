package config

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
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
func fields(c *Config) map[string]setter {
	return map[string]setter{
		"data":                text(&c.Data),
		"database.url":        secret(&c.Database.URL),
		"scan.allow_reserved": list(&c.Scan.AllowReserved, "a prefix like 10.0.0.0/8", parsePrefix),
		"scan.sources":        list(&c.Scan.Sources, "an address like 192.0.2.1 or a prefix", parseSource),
		"scan.resolvers":      list(&c.Scan.Resolvers, "an address like 192.0.2.53:53", parseResolver),
		"scan.nmap_path":      text(&c.Scan.NmapPath),
		"scan.templates_dir":  text(&c.Scan.TemplatesDir),
		"api.socket":          text(&c.API.Socket),
		"api.listen":          text(&c.API.Listen),
		"api.tls_cert":        text(&c.API.TLSCert),
		"api.tls_key":         text(&c.API.TLSKey),
		"console.listen":      text(&c.Console.Listen),
		"console.socket":      text(&c.Console.Socket),
		"console.url":         text(&c.Console.URL),
		"identity.key":        text(&c.Identity.Key),
		"oidc.issuer":         text(&c.OIDC.Issuer),
		"oidc.client_id":      text(&c.OIDC.ClientID),
		"oidc.client_secret":  secret(&c.OIDC.ClientSecret),
		"oidc.groups_claim":   text(&c.OIDC.GroupsClaim),
		"oidc.roles":          list(&c.OIDC.Roles, "group=role", parseText),
		"worker.name":         text(&c.Worker.Name),
		"worker.slots":        number(&c.Worker.Slots),
		"worker.url":          secret(&c.Worker.URL),
		"publisher.name":      text(&c.Publisher.Name),
		"publisher.namespace": text(&c.Publisher.Namespace),
		"publisher.email":     text(&c.Publisher.Email),
		"publisher.phone":     text(&c.Publisher.Phone),
		"publisher.about":     text(&c.Publisher.About),

		"report.schedule":  text(&c.Report.Schedule),
		"report.time_zone": text(&c.Report.TimeZone),
		"report.chromium":  text(&c.Report.Chromium),
		"report.user":      text(&c.Report.User),

		"exchange.listen":        text(&c.Exchange.Listen),
		"exchange.tls_cert":      text(&c.Exchange.TLSCert),
		"exchange.tls_key":       text(&c.Exchange.TLSKey),
		"exchange.url":           text(&c.Exchange.URL),
		"exchange.contact":       text(&c.Exchange.Contact),
		"exchange.openpgp_key":   text(&c.Exchange.OpenPGPKey),
		"exchange.passphrase":    secret(&c.Exchange.Passphrase),
		"exchange.pseudonym_key": text(&c.Exchange.PseudonymKey),
		"exchange.allow_private": list(&c.Exchange.AllowPrivate, "a prefix like 10.0.0.0/8", parsePrefix),
		"exchange.aggregators":   text(&c.Exchange.Aggregators),
		"mail.server":            text(&c.Mail.Server),
		"mail.user":              text(&c.Mail.User),
		"mail.password":          secret(&c.Mail.Password),
		"mail.from":              text(&c.Mail.From),
		"mail.ca":                text(&c.Mail.CA),
		"mail.dry_run":           truth(&c.Mail.Notices.DryRun),
		"mail.reply_to":          text(&c.Mail.Notices.ReplyTo),
		"mail.bounces":           text(&c.Mail.Notices.Bounces),
		"mail.phone":             text(&c.Mail.Notices.Phone),
		"mail.quiet_hours":       text(&c.Mail.Notices.QuietHours),
		"mail.hourly_cap":        number(&c.Mail.Notices.HourlyCap),
		"mail.daily_cap":         number(&c.Mail.Notices.DailyCap),
		"mail.confirm_days":      number(&c.Mail.Notices.ConfirmDays),
		"mail.smime_cert":        text(&c.Mail.Notices.SMIMECert),
		"mail.smime_key":         text(&c.Mail.Notices.SMIMEKey),

		"log.level":  level(&c.Log.Level),
		"log.format": text(&c.Log.Format),
	}
}

// Load reads the settings from defaults, the file (none when the name is
// empty) and the environment, and returns every mistake in them at once.
func Load(name string, environ []string) (Config, error) {
	k := koanf.New(".")
	if err := k.Load(confmap.Provider(defaults(), "."), nil); err != nil {
		return Config{}, fmt.Errorf("load defaults: %w", err)
	}
	inFile := koanf.New(".")
	if name != "" {
		settings, err := fromFile(name)
		if err != nil {
			return Config{}, err
		}
		if err := k.Merge(settings); err != nil {
			return Config{}, fmt.Errorf("load %s: %w", name, err)
		}
		inFile = settings
	}
	env, given, errs := fromEnviron(environ)
	if err := k.Load(confmap.Provider(env, "."), nil); err != nil {
		return Config{}, fmt.Errorf("load environment: %w", err)
	}
	c, more := assign(k)
	if err := errors.Join(append(errs, more...)...); err != nil {
		return Config{}, err
	}
	c.Settings = explain(k, &c, name, inFile, given)
	return c, nil
}

// fromFile reads a YAML file. A name with nothing after it, such as a section
// whose every line is a comment, says nothing.
func fromFile(name string) (*koanf.Koanf, error) {
	k := koanf.New(".")
	if err := k.Load(file.Provider(name), yaml.Parser()); err != nil {
		return nil, &inventory.InputError{
			Field: "configuration file", Value: name, Message: err.Error(),
			Hint: "see docs/operations.md for the settings",
		}
	}
	for key, value := range k.All() {
		if value == nil {
			k.Delete(key)
		}
	}
	return k, nil
}

// assign puts every value into its field, and returns the mistakes.
func assign(k *koanf.Koanf) (Config, []error) {
	var c Config
	known := fields(&c)
	var errs []error
	for _, key := range k.Keys() {
		field, ok := known[key]
		if !ok {
			errs = append(errs, &inventory.InputError{
				Field: "setting", Value: key, Message: "is unknown", Hint: "did you mean " + nearest(key, known) + "?",
			})
			continue
		}
		for _, m := range field.set(flat(k.Get(key))) {
			m.Field = key
			errs = append(errs, m)
		}
	}
	if c.Data != "" {
		c.derive()
	}
	return c, append(errs, c.validate()...)
}

// derive fills in what follows from the folder of a one-machine installation.
func (c *Config) derive() {
	c.API.Socket = cmp.Or(c.API.Socket, SocketIn(c.Data))
	c.Console.Socket = cmp.Or(c.Console.Socket, ConsoleSocketIn(c.Data))
	c.Console.Usual = c.Console.Listen == ""
	c.Console.Listen = cmp.Or(c.Console.Listen, usualConsole)
	c.Console.URL = cmp.Or(c.Console.URL, "http://"+c.Console.Listen)
	keys := filepath.Join(c.Data, "keys")
	c.Identity.Key = cmp.Or(c.Identity.Key, filepath.Join(keys, "identity.key"))
	c.Exchange.OpenPGPKey = cmp.Or(c.Exchange.OpenPGPKey, filepath.Join(keys, "openpgp.asc"))
	c.Exchange.PseudonymKey = cmp.Or(c.Exchange.PseudonymKey, filepath.Join(keys, "pseudonyms.key"))
}

// commas protects the commas of an item, and split reads them back.
var commas = strings.NewReplacer(`\`, `\\`, `,`, `\,`)

// split cuts at commas, but for those behind a backslash. Other backslashes
// stay: names of groups have them.
func split(s string) []string {
	var out []string
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == ',' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case s[i] == ',':
			out = append(out, b.String())
			b.Reset()
		default:
			b.WriteByte(s[i])
		}
	}
	return append(out, b.String())
}

// flat turns a YAML list into the text that the environment would hold.
func flat(v any) string {
	items, ok := v.([]any)
	if !ok {
		return fmt.Sprint(v)
	}
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = commas.Replace(fmt.Sprint(item))
	}
	return strings.Join(words, ",")
}

// fromEnviron finds the settings among environment variables; from tells which
// variable gave each.
func fromEnviron(environ []string) (out map[string]any, from map[string]string, _ []error) {
	out, from = map[string]any{}, map[string]string{}
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
				errs = append(errs, &inventory.InputError{
					Field: name, Message: "cannot be read: " + err.Error(),
					Hint: "it must name a file that this user may read and that holds the value",
				})
				continue
			}
			key, value = bare, strings.TrimRight(string(body), "\r\n")
		}
		key = strings.ToLower(strings.ReplaceAll(key, "__", "."))
		if other := from[key]; other != "" && other != name {
			errs = append(errs, &inventory.InputError{Field: name, Message: "says the same as " + other, Hint: "set one of them"})
			continue
		}
		out[key], from[key] = value, name
	}
	return out, from, errs
}

// A setter parses a value into its field, and returns the mistakes in it.
// Whose they are, assign knows.
type setter struct {
	set    func(string) []*inventory.InputError
	secret bool // nobody is shown the value
}

func mistake(value, message, hint string) []*inventory.InputError {
	return []*inventory.InputError{{Value: value, Message: message, Hint: hint}}
}

func text(p *string) setter {
	return setter{set: func(s string) []*inventory.InputError { *p = s; return nil }}
}

func secret(p *Secret) setter {
	return setter{set: func(s string) []*inventory.InputError { *p = Secret(s); return nil }, secret: true}
}

func number(p *int) setter {
	return setter{set: func(s string) []*inventory.InputError {
		n, err := strconv.Atoi(s)
		if err != nil {
			return mistake(s, "is not a whole number", "")
		}
		*p = n
		return nil
	}}
}

func truth(p *bool) setter {
	return setter{set: func(s string) []*inventory.InputError {
		v, err := strconv.ParseBool(s)
		if err != nil {
			return mistake(s, "is neither true nor false", "write true or false")
		}
		*p = v
		return nil
	}}
}

func level(p *slog.Level) setter {
	return setter{set: func(s string) []*inventory.InputError {
		if p.UnmarshalText([]byte(s)) != nil {
			return mistake(s, "is not a log level", "use debug, info, warn or error")
		}
		return nil
	}}
}

// list reads items between commas, which stand behind a backslash in an item
// that has some; want is an example of one, for the hint.
func list[T any](p *[]T, want string, parse func(string) (T, error)) setter {
	return setter{set: func(s string) []*inventory.InputError {
		var wrong []*inventory.InputError
		for _, part := range split(s) {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			v, err := parse(part)
			if err != nil {
				wrong = append(wrong, mistake(part, "is not understood", "write "+want)...)
				continue
			}
			*p = append(*p, v)
		}
		return wrong
	}}
}

func parseText(s string) (string, error) { return s, nil }

func parsePrefix(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}

// parseSource reads an address as the prefix that holds only it.
func parseSource(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	return parsePrefix(s)
}

func parseResolver(s string) (netip.AddrPort, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.AddrPortFrom(a, 53), nil
	}
	return netip.ParseAddrPort(s)
}

// nearest finds the known name that shares the longest beginning or end.
func nearest(key string, known map[string]setter) string {
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
