package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/inventory"
)

// A keyring is what this installation signs with and makes pseudonyms with.
type keyring struct {
	signer *pgp.Signer // nil: nothing can be released or answered
	secret []byte      // likewise
}

// secretBytes is the size of the key of pseudonyms.
const secretBytes = 32

// loadKeys reads the two keys. In a one-machine installation missing ones are
// made; elsewhere an administrator brings them, and none is no error: the
// installation then exchanges nothing.
func loadKeys(cfg config.Config, now func() time.Time) (keyring, error) {
	x := cfg.Exchange
	if x.OpenPGPKey == "" || x.PseudonymKey == "" {
		return keyring{}, nil
	}
	private, err := readOrMake(x.OpenPGPKey, cfg.Data != "", func() (string, error) {
		return pgp.Generate(cfg.Publisher.Name, mailAddress(x.Contact), string(x.Passphrase), now())
	})
	if err != nil {
		return keyring{}, fmt.Errorf("exchange.openpgp_key: %w", err)
	}
	signer, err := pgp.Load(private, string(x.Passphrase), now)
	if err != nil {
		return keyring{}, fmt.Errorf("exchange.openpgp_key %s: %w", x.OpenPGPKey, err)
	}
	text, err := readOrMake(x.PseudonymKey, cfg.Data != "", func() (string, error) {
		b := make([]byte, secretBytes)
		_, _ = rand.Read(b) // never fails
		return hex.EncodeToString(b) + "\n", nil
	})
	if err != nil {
		return keyring{}, fmt.Errorf("exchange.pseudonym_key: %w", err)
	}
	secret, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(secret) < secretBytes {
		return keyring{}, &inventory.InputError{
			Field: "exchange.pseudonym_key", Value: x.PseudonymKey, Message: fmt.Sprintf("does not hold %d bytes in hexadecimal", secretBytes),
			Hint: "restore it from a backup; a new one, by openssl rand -hex 32, changes every pseudonym that peers know",
		}
	}
	return keyring{signer, secret}, nil
}

// readOrMake reads a file that nobody else may read, and makes it when it is
// missing and may be made.
func readOrMake(name string, mayMake bool, make func() (string, error)) (string, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && mayMake:
		text, err := make()
		if err != nil {
			return "", err
		}
		return text, writeSecret(name, text)
	case err != nil:
		return "", err
	case info.Mode().Perm()&0o077 != 0:
		return "", &inventory.InputError{
			Field: "file", Value: name, Message: fmt.Sprintf("others may read it (mode %04o)", info.Mode().Perm()),
			Hint: "chmod 600 " + name,
		}
	}
	text, err := os.ReadFile(name)
	return string(text), err
}

// writeSecret writes a file whole or not at all.
func writeSecret(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*") // mode 600
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Link(f.Name(), name) // not over one that another start has just made
	}
	return errors.Join(err, os.Remove(f.Name()))
}

// mailAddress is the contact without a name around it.
func mailAddress(contact string) string {
	if _, after, ok := strings.Cut(contact, "<"); ok {
		contact, _, _ = strings.Cut(after, ">")
	}
	return strings.TrimSpace(contact)
}
