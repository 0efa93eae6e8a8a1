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
