package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
)

func write(t *testing.T, body string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ciiscan.yaml")
	if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestLaterSourcesWin(t *testing.T) {
	name := write(t, "worker: {slots: 4, name: from-file}\nscan:\n  allow_reserved: [192.0.2.0/24, 10.1.2.3/8]\n")
	c, err := Load(name, []string{"CIISCAN_WORKER__SLOTS=7", "CIISCAN_SCAN__RESOLVERS=192.0.2.53:53, 192.0.2.54", "CIISCAN_DATA=/srv/ciiscan", "CIISCAN_TOKEN=cii_x", "HOME=/root"})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(c.Worker.Slots, c.Worker.Name, c.Scan.AllowReserved, c.Scan.Resolvers, c.API.Socket, c.Log.Format)
	if want := "7 from-file [192.0.2.0/24 10.0.0.0/8] [192.0.2.53:53 192.0.2.54:53] /srv/ciiscan/run/api.sock text\n"; got != want {
		t.Errorf("settings are\n%s, want\n%s", got, want)
	}
}

func TestTheExchangeIsCheckedTogether(t *testing.T) {
	_, err := Load("", []string{"CIISCAN_EXCHANGE__LISTEN=:8443", "CIISCAN_MAIL__SERVER=mail.example:587"})
	for _, want := range []string{"exchange.listen", "exchange.url", "mail.from"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not complained about: %v", want, err)
		}
	}
	_, err = Load("", []string{"CIISCAN_EXCHANGE__URL=http://cert.example"})
	if err == nil || !strings.Contains(err.Error(), "https") {
		t.Errorf("an address in clear: %v", err)
	}
	c, err := Load("", []string{
		"CIISCAN_DATA=/srv/ciiscan", "CIISCAN_EXCHANGE__LISTEN=:8443", "CIISCAN_EXCHANGE__URL=https://cert.example",
		"CIISCAN_EXCHANGE__TLS_CERT=c", "CIISCAN_EXCHANGE__TLS_KEY=k",
	})
	if err != nil || c.Exchange.OpenPGPKey != "/srv/ciiscan/keys/openpgp.asc" || c.Exchange.PseudonymKey != "/srv/ciiscan/keys/pseudonyms.key" {
		t.Errorf("Load = %+v, %v", c.Exchange, err)
	}
}

func TestSecretsComeFromFilesAndNeverPrint(t *testing.T) {
	name := write(t, "postgres://ciiscan:hunter2@db/ciiscan\n")
	c, err := Load("", []string{"CIISCAN_DATABASE__URL_FILE=" + name})
	if err != nil {
		t.Fatal(err)
	}
	if c.Database.URL != "postgres://ciiscan:hunter2@db/ciiscan" {
		t.Errorf("the secret was not read from its file")
	}
	js, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if shown := fmt.Sprintf("%v %+v %#v %s", c, c, c, js); strings.Contains(shown, "hunter2") {
		t.Errorf("the secret prints: %s", shown)
	}
}

func TestMistakesAreToldAtOnce(t *testing.T) {
	_, err := Load(write(t, "worker: {slot: 3}\nlog: {format: xml}\n"), []string{
		"CIISCAN_SCAN__ALLOW_RESERVED=10.0.0.0/33,192.0.2.0/24,10.1.1.1", "CIISCAN_WORKER__SLOTS=many",
		"CIISCAN_API__LISTEN=:8443", "CIISCAN_DATA=here", "CIISCAN_LOG__LEVEL=loud", "CIISCAN_DATABASE__URL_FILE=/nonexistent/url",
		"CIISCAN_WORKER__URL=a", "CIISCAN_WORKER__URL_FILE=/dev/null",
	})
	for _, want := range []string{
		`"worker.slot": is unknown`, `log.format "xml"`, `scan.allow_reserved "10.0.0.0/33"`, `scan.allow_reserved "10.1.1.1"`,
		`worker.slots "many"`, "api.listen", `data "here"`, `log.level "loud"`, "CIISCAN_DATABASE__URL_FILE: cannot be read",
		"CIISCAN_WORKER__URL_FILE: says the same as CIISCAN_WORKER__URL",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not tell of %s", err, want)
		}
	}
	if !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("error %v is not ErrInvalid", err)
	}
}

func TestEmptySectionsSayNothing(t *testing.T) {
	c, err := Load(write(t, "worker:\nlog:\n  # level: debug\nscan:\n  nmap_path:\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Scan.NmapPath != "" || c.Log.Format != "text" || c.Worker.Slots != 2 {
		t.Errorf("settings are %+v, want the defaults", c)
	}
}

func TestUnknownSettingNamesTheNearest(t *testing.T) {
	_, err := Load("", []string{"CIISCAN_SCAN__RESOLVER=192.0.2.53"})
	if hint := inventory.HintOf(err); !strings.Contains(hint, "scan.resolvers") {
		t.Errorf("hint %q, want scan.resolvers", hint)
	}
}

func TestUnreadableFile(t *testing.T) {
	for name, body := range map[string]string{"not YAML": "worker: [", "a list": "- 1\n"} {
		t.Run(name, func(t *testing.T) {
			if _, err := Load(write(t, body), nil); !errors.Is(err, inventory.ErrInvalid) {
				t.Errorf("Load = %v, want an input error", err)
			}
		})
	}
	if _, err := Load("/nonexistent.yaml", nil); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("Load of no file = %v, want an input error", err)
	}
}
