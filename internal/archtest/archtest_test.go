package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/ciiscan/ciiscan/"

// allowed lists, for every package of ours, the packages of ours it may
// import. A package without a line fails: decide where it belongs. Tests are
// free.
var allowed = map[string]string{
	"inventory":          "",
	"inventory/importer": "inventory",

	"scanner":                      "inventory",
	"scanner/resolve":              "inventory",
	"scanner/nmap":                 "inventory scanner",
	"scanner/nuclei":               "inventory scanner scanner/nuclei/internal/wire",
	"scanner/nuclei/child":         "inventory scanner/nuclei/internal/wire",
	"scanner/nuclei/internal/wire": "",
	"scanner/worker":               "inventory scanner",
	"scanner/schedule":             "inventory scanner",
	"scanner/enginetest":           "inventory scanner",
	"templates":                    "inventory",
	"templates/fixture":            "",
	"reports":                      "inventory internal/locale reports/chart reports/xlsx internal/locale/fonts",
	"reports/run":                  "inventory internal/locale reports",
	"reports/pdf":                  "inventory",
	"reports/manifest":             "inventory",
	"reports/press":                "inventory internal/locale reports reports/manifest reports/pdf reports/run",
	"reports/chart":                "inventory",
	"reports/advisory":             "inventory internal/textindex",
	"reports/csaf":                 "inventory reports/advisory reports/csaf/tree",
	"reports/csaf/semantic":        "reports/csaf/tree",
	"reports/csaf/tree":            "",
	"reports/stix":                 "inventory reports/advisory internal/nesting",
	"reports/xlsx":                 "",
	"reports/misp":                 "inventory reports/advisory internal/nesting",
	"exchange":                     "inventory reports/advisory internal/textindex",
	"exchange/pgp":                 "inventory",
	"exchange/pgp/pgptest":         "exchange/pgp",
	"exchange/mail/mailtest":       "exchange/mail",
	"exchange/fetch":               "inventory",
	"exchange/release":             "inventory reports/advisory reports/csaf reports/csaf/semantic reports/stix reports/misp exchange",
	"exchange/pace":                "inventory exchange",
	"exchange/provider":            "inventory reports/advisory reports/csaf exchange exchange/pace",
	"exchange/taxii":               "inventory exchange exchange/pace internal/nesting",
	"exchange/mispfeed":            "inventory reports/advisory exchange exchange/pace reports/misp",
	"exchange/mail":                "inventory exchange exchange/pgp",
	"exchange/bundle":              "inventory exchange exchange/pgp",
	"exchange/inbox":               "inventory reports/advisory reports/csaf reports/csaf/semantic reports/stix reports/misp exchange exchange/pgp exchange/fetch exchange/taxii exchange/mispfeed exchange/mail exchange/bundle internal/nesting",
	"exchange/match":               "inventory exchange reports/advisory",
	"exchange/desk":                "inventory reports/advisory reports/stix exchange exchange/bundle exchange/delivery exchange/inbox exchange/match",
	"exchange/delivery":            "inventory reports/advisory reports/stix exchange exchange/pgp exchange/taxii exchange/mail",
	"web/auth":                     "inventory web/auth/account",
	"web/auth/account":             "inventory",
	"web/auth/account/password":    "inventory",
	"web/auth/account/totp":        "",
	"web/auth/account/passkey":     "web/auth/account",
	"web/auth/oidc":                "inventory web/auth/account",
	"web/auth/signin":              "inventory web/auth/account web/auth/account/password web/auth/account/totp",
	"web/console/account":          "inventory internal/locale web/auth/account web/auth/signin web/console/shell",
	"web/console/people":           "inventory internal/locale web/console/shell web/api/client web/api/wire",
	"web/api":                      "web/status inventory inventory/importer internal/locale scanner reports reports/manifest reports/run reports/advisory reports/csaf exchange web/api/wire web/auth internal/audit web/auth/account reports/xlsx notify notify/letter",
	"web/api/wire":                 "",
	"web/status":                   "",
	"web/console":                  "*",
	"web/console/audit":            "web/console/shell web/api/wire",
	"web/console/shell":            "web/status inventory reports/chart internal/locale internal/locale/fonts web/auth web/auth/account web/api/client",
	"web/console/overview":         "reports/chart web/api/wire web/console/shell",
	"web/console/search":           "web/api/wire web/console/shell",
	"web/console/admin":            "web/api/wire web/console/shell",
	"web/console/scans":            "web/api/wire web/console/shell",
	"web/console/reports":          "inventory internal/locale web/console/shell web/api/client web/api/wire",
	"web/console/assets":           "inventory web/console/shell web/api/wire",
	"web/console/imports":          "web/console/shell web/api/client web/api/wire",
	"web/console/organizations":    "reports/chart inventory web/console/shell web/api/wire",
	"web/console/permits":          "inventory web/console/shell web/api/wire",
	"web/console/onboarding":       "web/console/shell web/api/wire",
	"web/console/markdown":         "",
	"web/console/bulletins":        "internal/locale web/console/markdown web/console/shell web/api/wire",
	"web/console/advisories":       "inventory internal/locale web/console/markdown web/console/shell web/api/client web/api/wire",
	"web/console/releases":         "web/console/shell web/api/wire",
	"web/console/inbox":            "web/console/markdown web/console/shell web/api/client web/api/wire",
	"web/console/peers":            "inventory web/console/shell web/api/wire",
	"web/console/agreements":       "inventory web/console/shell web/api/wire",
	"web/console/upkeep":           "web/api/wire web/console/shell",
	"web/console/ledger":           "web/console/shell web/api/client web/api/wire",
	"web/console/findings":         "inventory web/console/shell web/api/client web/api/wire",
	"notify":                       "inventory",
	"notify/letter":                "inventory notify internal/locale",
	"notify/post":                  "inventory notify notify/letter exchange/mail exchange/pgp internal/locale",
	"web/console/mail":             "inventory web/console/shell web/api/client web/api/wire",
	"web/console/consoletest":      "*",
	"internal/testbrowser":         "",
	"internal/locale":              "",
	"internal/locale/fonts":        "",
	"internal/locale/catalogue":    "internal/locale",
	"web/api/apitest":              "inventory scanner reports reports/run reports/advisory exchange web/auth internal/audit web/auth/account notify",
	"web/api/client":               "inventory web/api/wire",
	"internal/audit":               "",
	"internal/version":             "",
	"internal/nesting":             "",
	"internal/textindex":           "",
	"internal/config":              "inventory notify",
	"internal/daemon":              "inventory",
	"internal/pgembed":             "",
	"internal/queue":               "inventory exchange",
	"internal/store":               "inventory scanner reports reports/advisory reports/run exchange web/auth/account internal/audit internal/queue notify",
	"internal/storetest":           "inventory scanner web/auth/account internal/pgembed internal/store internal/queue notify",
	"internal/archtest":            "",
	"cmd/ciiscan":                  "inventory reports/manifest exchange/pgp internal/config internal/pgembed internal/version web/api/client web/api/wire web/auth",
	"cmd/ciiscand":                 "*",
	"cmd/ciiscan-worker":           "*",

	// Foreign parts, as tests have them.
	"web/auth/account/passkey/passkeytest": "",
	"web/auth/oidc/oidctest":               "",
}

// onlyImporter names the one home of each heavy library.
var onlyImporter = map[string]string{
	"gorm.io/":                      "internal/store",
	"github.com/jackc/pgx":          "internal/store internal/queue",
	"github.com/riverqueue/":        "internal/queue",
	"github.com/projectdiscovery/":  "scanner/nuclei",
	"github.com/Ullaakut/":          "scanner/nmap",
	"github.com/robfig/cron":        "scanner/schedule",
	"github.com/xuri/excelize":      "inventory/importer reports/xlsx",
	"github.com/gocsaf/":            "reports/csaf exchange/provider exchange/inbox",
	"github.com/ProtonMail/":        "exchange/pgp",
	"github.com/wneessen/go-mail":   "exchange/mail",
	"github.com/smallstep/pkcs7":    "notify/post",
	"github.com/knqyf263/go-cpe":    "exchange/match reports/csaf/semantic",
	"github.com/package-url/":       "exchange/match reports/csaf/semantic",
	"github.com/pandatix/go-cvss":   "reports/csaf reports/csaf/semantic templates",
	"github.com/danielgtaylor/huma": "web/api web/auth",
	"github.com/spf13/cobra":        "cmd/ciiscan",
	"github.com/knadh/koanf":        "internal/config",
	"github.com/yuin/goldmark":      "web/console/markdown",
	"github.com/microcosm-cc/":      "web/console/markdown",
	"github.com/chromedp/":          "internal/testbrowser",
	"github.com/pquerna/otp":        "web/auth/account/totp",
	"github.com/leonelquinteros/":   "internal/locale internal/locale/catalogue",
	"github.com/go-webauthn/":       "web/auth/account/passkey",
	"github.com/coreos/go-oidc":     "web/auth/oidc",
	"golang.org/x/oauth2":           "web/auth/oidc",
	"golang.org/x/crypto/argon2":    "web/auth/account/password",
}

type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", module+"...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// within tells whether path is one of the space-separated packages or below.
func within(path, packages string) bool {
	return slices.ContainsFunc(strings.Fields(packages), func(p string) bool {
		return path == p || strings.HasPrefix(path, p+"/")
	})
}

func TestImportsPointOneWay(t *testing.T) {
	for _, p := range list(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		if within(name, "internal/lab") { // the lab uses the product from outside
			continue
		}
		may, known := allowed[name]
		if !known {
			t.Errorf("package %s has no line in archtest: say what it may import", name)
			continue
		}
		for _, imp := range p.Imports {
			ours, isOurs := strings.CutPrefix(imp, module)
			if isOurs && may != "*" && !slices.Contains(strings.Fields(may), ours) {
				t.Errorf("%s imports %s, which its line in archtest does not allow", name, ours)
			}
			for lib, home := range onlyImporter {
				if strings.HasPrefix(imp, lib) && !within(name, home) {
					t.Errorf("%s imports %s; only %s may", name, imp, home)
				}
			}
		}
	}
}

// keptBySignIn is the one part of web/ that every program with a store links:
// plain rules and records of sign-in, which neither hash nor serve.
const keptBySignIn = module + "web/auth/account"

// What a program links decides what a fault in it can reach.
func TestProgramsLinkOnlyTheirPart(t *testing.T) {
	never := map[string][]string{
		"cmd/ciiscan":  {"github.com/projectdiscovery/", "gorm.io/", "github.com/jackc/", "github.com/lib/pq", "github.com/riverqueue/", module + "internal/store"},
		"cmd/ciiscand": {"github.com/projectdiscovery/", "github.com/Ullaakut/"},
		"cmd/ciiscan-worker": {
			module + "web/", module + "reports/csaf", "github.com/ProtonMail/",
			"github.com/pquerna/", "golang.org/x/crypto/argon2",
		},
		"web/auth/account": {"net/http", "golang.org/x/crypto/", "github.com/pquerna/", module + "web/auth"},
	}
	seen := 0
	for _, p := range list(t) {
		for _, bad := range never[strings.TrimPrefix(p.ImportPath, module)] {
			seen++
			for _, dep := range p.Deps {
				if strings.HasPrefix(dep, bad) && dep != keptBySignIn {
					t.Errorf("%s links %s", p.ImportPath, dep)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no program was looked at")
	}
}
