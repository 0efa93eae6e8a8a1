package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestSettingsSayWhereTheyComeFrom(t *testing.T) {
	secret := write(t, "postgres://u:hunter2@db/x\n")
	file := write(t, "publisher: {name: CERT Example}\nscan:\n  allow_reserved: [192.0.2.0/24, 10.0.0.0/8]\nmail: {password: hunter2}\n")
	c, err := Load(file, []string{"CIISCAN_DATA=/srv/ciiscan", "CIISCAN_LOG__LEVEL=debug", "CIISCAN_DATABASE__URL_FILE=" + secret})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Settings) != len(fields(new(Config))) {
		t.Errorf("%d settings are explained", len(c.Settings))
	}
	got := map[string]Setting{}
	for _, s := range c.Settings {
		got[s.Name] = s
	}
	for name, want := range map[string]string{
		"publisher.name":      "CERT Example " + file + " [ciiscand]",
		"scan.allow_reserved": "192.0.2.0/24,10.0.0.0/8 " + file + " [ciiscand ciiscan-worker]",
		"log.level":           "debug CIISCAN_LOG__LEVEL [ciiscand ciiscan-worker]",
		"worker.slots":        "2 default [ciiscan-worker]",
		"console.url":         "http://localhost:8480 derived [ciiscand]",
		"oidc.issuer":         "  [ciiscand]",
		"database.url":        " CIISCAN_DATABASE__URL_FILE [ciiscand]",
	} {
		if s := got[name]; fmt.Sprint(s.Value, " ", s.From, " ", s.Restart) != want {
			t.Errorf("%s is %+v, want %s", name, s, want)
		}
	}
	if s := got["mail.password"]; !s.Secret || !s.Set || strings.Contains(fmt.Sprintf("%+v", c.Settings), "hunter2") {
		t.Errorf("a secret is shown, or not said to be set: %+v", s)
	}
}
