package config

import (
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Config is every setting. Each program uses its part.
type Config struct {
	Data      string // folder of a one-machine installation; "" otherwise
	Database  Database
	Scan      Scan
	API       API
	Console   Console
	Identity  Identity
	OIDC      OIDC
	Worker    Worker
	Publisher Publisher
	Report    Report
	Exchange  Exchange
	Mail      Mail
	Log       Log

	Settings []Setting // all of them, and where each was said
}

// Database is where ciiscand keeps everything.
type Database struct {
	URL Secret
}

// Scan is what planning and scanning need to know of this installation.
type Scan struct {
	AllowReserved []netip.Prefix   // reserved prefixes that may be authorised and scanned
	Sources       []netip.Prefix   // the addresses that scans come from, for reports; none leaves them out
	Resolvers     []netip.AddrPort // none means the system's
	NmapPath      string           // "" means the one in PATH
	TemplatesDir  string           // templates of the installation's own, besides ours; "" means none
}

// API is where ciiscand listens.
type API struct {
	Socket  string // unix socket; with Data the default is Data/run/api.sock
	Listen  string // host:port for HTTPS, or ""
	TLSCert string
	TLSKey  string
}

// Console is where people's browsers come in. With API.Listen it is there, too.
type Console struct {
	Listen string // host:port of this very machine, for HTTP without a certificate, or ""; with Data the default is localhost:8480
	Socket string // unix socket for a proxy; with Data the default is Data/run/console.sock
	URL    string // address that people type, which links and passkeys are made for; with Data the default is Listen's
	// Usual tells that nobody chose Listen: where its port is taken, the
	// installation works without.
	Usual bool
}

// Identity is how people sign in.
type Identity struct {
	Key string // file of the key that seals one-time codes' secrets; with Data the default is Data/keys/identity.key, made when missing
}

// Worker is the settings of one ciiscan-worker.
type Worker struct {
	Name  string // "" means host name and process id
	Slots int    // tasks at a time
	URL   Secret // the database, with the worker's role
}

// OIDC is the provider that vouches for people, if there is one.
type OIDC struct {
	Issuer       string // https address, or "" for none
	ClientID     string
	ClientSecret Secret
	GroupsClaim  string   // of the ID token
	Roles        []string // "group=role" or "group=operator:ORG-1"; the first that fits counts
}

// Publisher is who scans, reports and issues advisories.
type Publisher struct {
	Name      string
	Namespace string // a URL of the publisher (CSAF 2.0 section 3.2.1.8.5)
	Email     string // whom operators ask; it stands in reports
	Phone     string
	About     string // page where somebody who was scanned can ask who it was, or ""
}

// Report is when the weekly reports are made, and by what.
type Report struct {
	Schedule string // cron expression
	TimeZone string // IANA name, of Schedule; "" means UTC
	Chromium string // program that prints; "" means the one in PATH
	User     string // who prints when ciiscand is root; "" means nobody
}

// Exchange is the door for peer CERTs, and what we sign with. Without a key
// nothing is released.
type Exchange struct {
	Listen       string // host:port for peers, or ""
	TLSCert      string
	TLSKey       string
	URL          string         // https address under which peers reach Listen; it stands in released documents
	Contact      string         // mail address for security.txt and documents
	OpenPGPKey   string         // OpenPGP private key, armoured; with Data the default is Data/keys/openpgp.asc, made when missing
	Passphrase   Secret         // of OpenPGPKey
	PseudonymKey string         // key of pseudonyms; likewise Data/keys/pseudonyms.key
	AllowPrivate []netip.Prefix // reserved prefixes in which peers' feeds may live
	Aggregators  string         // what CSAF aggregators may do with what is for everybody: none, list or mirror
}

// Mail is the server that takes what we send.
type Mail struct {
	Server   string // host:port, or "" for no mail
	User     string
	Password Secret
	From     string
	CA       string // PEM file of the authority of Server; "" means the system's
	Notices  Notices
}

// Notices are how operators are told by mail.
type Notices struct {
	DryRun      bool   // write what would be sent, and send nothing
	ReplyTo     string // address of the ticket desk, or ""
	Bounces     string // mailbox for what comes back, which takes +suffixes; "" means Mail.From
	Phone       string // where people ask whether a mail is genuine
	QuietHours  string // "21:00-07:00" in the contact's zone; "" means none
	HourlyCap   int    // most mails to a contact within an hour
	DailyCap    int    // and within a day
	ConfirmDays int    // after which the second contact hears of a week's report; 0 means never
	SMIMECert   string // PEM file of the certificate that S/MIME is signed with, or ""
	SMIMEKey    string
}

// Log says how to log.
type Log struct {
	Level  slog.Level
	Format string // text or json
}

// Handler returns the handler that the settings ask for. A fault that lasts
// does not flood it.
func (l Log) Handler(w io.Writer) slog.Handler {
	options := &slog.HandlerOptions{Level: l.Level}
	if l.Format == "json" {
		return newCalm(slog.NewJSONHandler(w, options))
	}
	return newCalm(slog.NewTextHandler(w, options))
}

// Secret is text that never prints.
type Secret string

// String hides the secret.
func (Secret) String() string { return "[redacted]" }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return "[redacted]" }

// LogValue hides the secret from logs.
func (Secret) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// MarshalText hides the secret from encoders.
func (Secret) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// defaults are the settings of an installation that says nothing.
func defaults() map[string]any {
	return map[string]any{
		"worker.slots":        2,
		"publisher.name":      "National CERT",
		"publisher.namespace": "https://cert.example",

		"report.schedule": "0 6 * * 1",

		"exchange.aggregators": "none",

		"mail.quiet_hours":  "21:00-07:00",
		"mail.hourly_cap":   4,
		"mail.daily_cap":    12,
		"mail.confirm_days": 5,

		"oidc.groups_claim": "groups",

		"log.level":  "info",
		"log.format": "text",
	}
}

// isLoopback tells whether a host is this machine, whatever the network says.
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// usualConsole is where a one-machine installation's console is.
const usualConsole = "localhost:8480"

// ConsoleSocketIn returns where the console's socket of a data folder is.
func ConsoleSocketIn(data string) string { return filepath.Join(data, "run", "console.sock") }

// SocketIn returns where the API's socket of a data folder is.
func SocketIn(data string) string { return filepath.Join(data, "run", "api.sock") }

// validate returns every mistake in values that parsed.
func (c Config) validate() []error {
	var errs []error
	wrong := func(field, value, message, hint string) {
		errs = append(errs, &inventory.InputError{Field: field, Value: value, Message: message, Hint: hint})
	}
	if c.Worker.Slots < 1 || c.Worker.Slots > 256 {
		wrong("worker.slots", strconv.Itoa(c.Worker.Slots), "is out of range", "use 1 to 256")
	}
	if c.Log.Format != "text" && c.Log.Format != "json" {
		wrong("log.format", c.Log.Format, "is unknown", "use text or json")
	}
	if c.API.Listen != "" && (c.API.TLSCert == "" || c.API.TLSKey == "") {
		wrong("api.listen", c.API.Listen, "needs a certificate: tokens never travel in clear", "set api.tls_cert and api.tls_key")
	}
	if host, _, err := net.SplitHostPort(c.Console.Listen); c.Console.Listen != "" && (err != nil || !isLoopback(host)) {
		wrong("console.listen", c.Console.Listen, "is not an address of this machine alone", "use localhost:8480 and the like; for others, set api.listen with a certificate")
	}
	if u, err := url.Parse(c.Console.URL); c.Console.URL != "" && (err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" ||
		u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname()))) {
		wrong("console.url", c.Console.URL, "is not the address of a console", "write it like https://ciiscan.cert.example")
	}
	errs = append(errs, c.OIDC.validate(c.Console.URL)...)
	if c.Exchange.Listen != "" && (c.Exchange.TLSCert == "" || c.Exchange.TLSKey == "") {
		wrong("exchange.listen", c.Exchange.Listen, "needs a certificate: peers come by HTTPS only", "set exchange.tls_cert and exchange.tls_key")
	}
	if u, err := url.Parse(c.Exchange.URL); c.Exchange.URL != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		wrong("exchange.url", c.Exchange.URL, "is not an https address", "write it like https://cert.example")
	}
	if c.Exchange.Listen != "" && c.Exchange.URL == "" {
		wrong("exchange.url", "", "is not set", "set the address under which peers reach exchange.listen, like https://cert.example")
	}
	switch c.Exchange.Aggregators {
	case "none", "list", "mirror":
	default:
		wrong("exchange.aggregators", c.Exchange.Aggregators, "is unknown", "use none, list or mirror")
	}
	if c.Mail.Server != "" && c.Mail.From == "" {
		wrong("mail.from", "", "is not set", "set the address that mail comes from")
	}
	errs = append(errs, c.Mail.validate()...)
	if c.Data != "" && !filepath.IsAbs(c.Data) {
		wrong("data", c.Data, "is not an absolute path", "name the folder from /")
	}
	return errs
}
