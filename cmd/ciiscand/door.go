package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/auth/account/passkey"
	"github.com/ciiscan/ciiscan/web/auth/account/password"
	"github.com/ciiscan/ciiscan/web/auth/oidc"
	"github.com/ciiscan/ciiscan/web/auth/signin"
)

// hashesAtOnce bounds the memory of a crowd at the door: 64 MiB each.
const hashesAtOnce = 2

// newDoor makes what signs people in.
func newDoor(ctx context.Context, st signin.Store, cfg config.Config, log *slog.Logger) (*signin.Service, error) {
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
	if cfg.Console.URL == "" {
		log.Warn("console.url is not set: nobody can make a passkey")
	} else if party, err := passkey.New(cfg.Publisher.Name, cfg.Console.URL); errors.Is(err, passkey.ErrAddress) {
		log.Warn("nobody can make a passkey", "console_url", cfg.Console.URL, "error", err)
	} else if err != nil {
		return nil, fmt.Errorf("console.url: %w", err)
	} else {
		o.Passkeys = party
	}
	if cfg.OIDC.Issuer != "" {
		if o.Provider, err = newProvider(ctx, cfg, log); err != nil {
			return nil, err
		}
	}
	return signin.New(o), nil
}

// newProvider makes the provider that vouches for people. One that is away
// keeps nobody waiting: it is asked again when somebody wants to sign in by it.
func newProvider(ctx context.Context, cfg config.Config, log *slog.Logger) (*oidc.Provider, error) {
	p, err := oidc.New(oidc.Config{
		Issuer: cfg.OIDC.Issuer, ClientID: cfg.OIDC.ClientID, ClientSecret: string(cfg.OIDC.ClientSecret),
		GroupsClaim: cfg.OIDC.GroupsClaim, Roles: cfg.OIDC.Roles, Redirect: strings.TrimSuffix(cfg.Console.URL, "/") + "/sign-in/provider",
	})
	if err != nil {
		return nil, err
	}
	go func() {
		if err := p.Look(ctx); err != nil && ctx.Err() == nil {
			log.Warn("nobody can sign in by the provider yet; it is asked again when somebody tries", "error", err)
		}
	}()
	return p, nil
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
