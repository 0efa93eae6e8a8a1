package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// disabled is a setting, or the head of a section, in a comment.
var disabled = regexp.MustCompile(`(?m)^#(\w+:|  \w+: )`)

func TestExamplesAreAccepted(t *testing.T) {
	names, err := filepath.Glob("../../deploy/etc/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("examples: %v, %v", names, err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			if _, err := Load(name, nil); err != nil {
				t.Errorf("as it is: %v", err)
			}
			body, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			c, err := Load(write(t, disabled.ReplaceAllString(string(body), "$1")), nil)
			if err != nil || len(c.Scan.AllowReserved) != 1 {
				t.Errorf("with every comment enabled: %v, %+v", err, c)
			}
			if works := strings.HasPrefix(filepath.Base(name), "worker"); !works && (c.Exchange.URL == "" || c.Mail.Server == "") {
				t.Errorf("it does not show how to meet peers: %+v, %+v", c.Exchange, c.Mail)
			}
		})
	}
}
