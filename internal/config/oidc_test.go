package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestTheProviderIsCheckedTogether(t *testing.T) {
	secret := write(t, "hunter2\n")
	c, err := Load(write(t, "console: {url: 'https://ciiscan.cert.example'}\noidc:\n  issuer: https://id.cert.example/realms/cert\n  client_id: ciiscan\n  roles: ['/cert/analysts=analyst', 'grid=operator:ORG-1']\n"),
		[]string{"CIISCAN_OIDC__CLIENT_SECRET_FILE=" + secret})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintln(c.OIDC.Roles, c.OIDC.GroupsClaim, c.OIDC.ClientSecret == "hunter2"); got != "[/cert/analysts=analyst grid=operator:ORG-1] groups true\n" {
		t.Errorf("settings are %s", got)
	}
	if strings.Contains(fmt.Sprintf("%+v", c), "hunter2") {
		t.Error("the secret prints")
	}
	_, err = Load("", []string{"CIISCAN_OIDC__ISSUER=http://id.cert.example"})
	for _, want := range []string{"oidc.issuer", "oidc.client_id", "oidc.roles", "console.url"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not complained about: %v", want, err)
		}
	}
}

// Names of groups in directories have commas and backslashes.
func TestGroupsWithCommas(t *testing.T) {
	want := fmt.Sprintf("%q", []string{"CN=Analysts,OU=CERT,DC=cert=analyst", `CERT\approvers=approver`, `a\, b=auditor`, "grid=operator:ORG-1"})
	list := write(t, "oidc:\n  roles:\n    - CN=Analysts,OU=CERT,DC=cert=analyst\n    - CERT\\approvers=approver\n    - 'a\\, b=auditor'\n    - grid=operator:ORG-1\n")
	for what, load := range map[string]func() (Config, error){
		"the file": func() (Config, error) { return Load(list, nil) },
		"the environment": func() (Config, error) {
			return Load("", []string{`CIISCAN_OIDC__ROLES=CN=Analysts\,OU=CERT\,DC=cert=analyst, CERT\approvers=approver, a\\\, b=auditor, grid=operator:ORG-1`})
		},
	} {
		c, err := load()
		if got := fmt.Sprintf("%q", c.OIDC.Roles); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", what, got, err, want)
		}
	}
}
