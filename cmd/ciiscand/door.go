package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/auth/account/password"
	"github.com/ciiscan/ciiscan/web/auth/signin"
)

// hashesAtOnce bounds the memory of a crowd at the door: 64 MiB each.
const hashesAtOnce = 2

// newDoor makes what signs people in.
func newDoor(st signin.Store, cfg config.Config, log *slog.Logger) (*signin.Service, error) {
	hasher, err := password.NewHasher(password.Defaults(), hashesAtOnce)
	if err != nil {
		return nil, err
	}
	o := signin.Options{Store: st, Hasher: hasher, Site: cfg.Publisher.Name, Now: time.Now}
	if o.Sealer, err = loadSealer(cfg); err != nil {
		return nil, err
	}
	if o.Sealer == nil {
		log.Warn("identity.key is not set: nobody can set up one-time codes")
	}
	return signin.New(o), nil
}

// loadSealer reads the key that seals one-time codes' secrets. In a one-machine
// installation a missing one is made; elsewhere none is no error.
func loadSealer(cfg config.Config) (*account.Sealer, error) {
	name := cfg.Identity.Key
	if name == "" {
		return nil, nil
	}
	text, err := readOrMake(name, cfg.Data != "", func() (string, error) {
		b := make([]byte, account.SealKeySize)
		_, _ = rand.Read(b) // never fails
		return hex.EncodeToString(b) + "\n", nil
	})
	if err != nil {
		return nil, fmt.Errorf("identity.key: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != account.SealKeySize {
		return nil, &inventory.InputError{
			Field: "identity.key", Value: name, Message: fmt.Sprintf("does not hold %d bytes in hexadecimal", account.SealKeySize),
			Hint: "restore it from a backup; with a new one, by openssl rand -hex 32, everybody sets up one-time codes again",
		}
	}
	return account.NewSealer(key)
}
