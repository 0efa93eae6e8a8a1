package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/config"
)

func settings(t *testing.T, env ...string) config.Config {
	t.Helper()
	cfg, err := config.Load("", env)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestKeysAreMadeOnce(t *testing.T) {
	cfg := settings(t, "CIISCAN_DATA="+t.TempDir(), "CIISCAN_EXCHANGE__CONTACT=CERT <desk@cert.example>")
	first, err := loadKeys(cfg, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := loadKeys(cfg, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if first.signer.Fingerprint() != again.signer.Fingerprint() || string(first.secret) != string(again.secret) {
		t.Error("a second start has other keys")
	}
	for _, name := range []string{cfg.Exchange.OpenPGPKey, cfg.Exchange.PseudonymKey} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestKeysOfOthersAreNotMade(t *testing.T) {
	dir := t.TempDir()
	key, secret := filepath.Join(dir, "key.asc"), filepath.Join(dir, "secret")
	keys, err := loadKeys(settings(t), time.Now)
	if err != nil || keys.signer != nil {
		t.Errorf("without files: %+v, %v", keys, err)
	}
	cfg := settings(t, "CIISCAN_EXCHANGE__OPENPGP_KEY="+key, "CIISCAN_EXCHANGE__PSEUDONYM_KEY="+secret)
	if _, err := loadKeys(cfg, time.Now); err == nil || !strings.Contains(err.Error(), "openpgp_key") {
		t.Errorf("a missing key: %v", err)
	}
	if _, err := os.Stat(key); err == nil {
		t.Error("a key was made where an administrator was to bring it")
	}
}

func TestBadKeysAreNamed(t *testing.T) {
	dir := t.TempDir()
	good := settings(t, "CIISCAN_DATA="+dir)
	if _, err := loadKeys(good, time.Now); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(good.Exchange.PseudonymKey, []byte("beef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadKeys(good, time.Now); err == nil || !strings.Contains(err.Error(), "pseudonym_key") {
		t.Errorf("a short secret: %v", err)
	}
	if err := os.Chmod(good.Exchange.OpenPGPKey, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := loadKeys(good, time.Now); err == nil || !strings.Contains(err.Error(), "others may read it") {
		t.Errorf("a key that others may read: %v", err)
	}
}
