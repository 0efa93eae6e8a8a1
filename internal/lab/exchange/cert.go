package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/internal/lab/drive"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// Folders of the two installations.
const (
	alphaFolder = "alpha"
	betaFolder  = "beta"
)

// A cert is one CERT: its installation, and two people at it.
type cert struct {
	drive.Job // as the analyst, who is the local administrator
	deputy    drive.CLI
	p         drive.Places
	name      string // "CERT Alpha"
	country   string
	zone      string
	address   string
	namespace string
	contact   string
	tlsCert   string // PEM files
	tlsKey    string
	peer      string // the other CERT's id here
	agreement string // with it
}

// newCert completes what is said of a CERT, which looks after the hosts of a
// truth.
func newCert(c cert, truth lab.Truth, echo io.Writer) *cert {
	short := filepath.Base(c.p.Dir)
	c.namespace, c.contact = "https://cert-"+short+".example", "exchange@cert-"+short+".example"
	as := func(who string) drive.CLI { return drive.CLI{Places: c.p, Echo: speaker{echo, short + who}} }
	c.Job, c.deputy = drive.Job{CLI: as(""), Truth: truth, Orgs: map[string]string{}}, as("'s deputy")
	return &c
}

// A speaker puts in front of each line who acts.
type speaker struct {
	w   io.Writer
	who string
}

func (s speaker) Write(line []byte) (int, error) {
	if _, err := fmt.Fprintf(s.w, "  %-15s%s", s.who, line); err != nil {
		return 0, err
	}
	return len(line), nil
}

// url is where peers reach the CERT.
func (c *cert) url() string { return "https://" + c.address + ":8443" }

// metadata is where its CSAF provider begins.
func (c *cert) metadata() string { return c.url() + "/.well-known/csaf/provider-metadata.json" }

// settings are those of the exchange.
func (c *cert) settings(ca *authority) []string {
	return []string{
		"CIISCAN_WORKER__SLOTS=3",
		"CIISCAN_PUBLISHER__NAME=" + c.name,
		"CIISCAN_PUBLISHER__NAMESPACE=" + c.namespace,
		"CIISCAN_EXCHANGE__LISTEN=" + c.address + ":8443",
		"CIISCAN_EXCHANGE__URL=" + c.url(),
		"CIISCAN_EXCHANGE__CONTACT=" + c.contact,
		"CIISCAN_EXCHANGE__TLS_CERT=" + c.tlsCert,
		"CIISCAN_EXCHANGE__TLS_KEY=" + c.tlsKey,
		"CIISCAN_EXCHANGE__AGGREGATORS=mirror",
		"CIISCAN_EXCHANGE__ALLOW_PRIVATE=" + private,
		"CIISCAN_MAIL__SERVER=" + postAddr + ":2525",
		"CIISCAN_MAIL__FROM=" + c.name + " <" + c.contact + ">",
		"CIISCAN_MAIL__CA=" + ca.file(),
	}
}

// start brings the installation up and gives its deputy a token.
func (c *cert) start(ctx context.Context, ca *authority) (err error) {
	if err := c.p.Empty(); err != nil {
		return err
	}
	if c.tlsCert, c.tlsKey, err = ca.issue(filepath.Base(c.p.Dir), c.address); err != nil {
		return err
	}
	if err := drive.StartUp(ctx, c.p, c.Truth, c.settings(ca)...); err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	var token wire.Token
	if err := c.CLI.Run(ctx, &token, "token", "add", "--user", "deputy", "--role", "approver"); err != nil {
		return err
	}
	c.deputy.Token = token.Secret
	return nil
}

// list runs a command that lists things.
func list[T any](ctx context.Context, c drive.CLI, args ...string) ([]T, error) {
	var all []T
	err := c.Run(ctx, &all, args...)
	return all, err
}

// refused runs a command that must be refused for want of permission, and
// returns the reason that it gives.
func refused(ctx context.Context, c drive.CLI, args ...string) string {
	const exitRefused = 5
	err := c.Run(ctx, nil, args...)
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.ExitCode() != exitRefused {
		return fmt.Sprintf("not refused: %v", err)
	}
	_, why, _ := strings.Cut(err.Error(), "\n")
	return strings.Join(strings.Fields(why), " ")
}

// quietly is a command line that does not show its commands, for waiting.
func quietly(c drive.CLI) drive.CLI {
	c.Echo = nil
	return c
}

// patience is how long one thing may take to come about by itself.
const patience = 90 * time.Second

// eventually asks again and again until something holds.
func eventually(ctx context.Context, what string, holds func() (bool, error)) error {
	for deadline := time.Now().Add(patience); ; {
		ok, err := holds()
		if ok {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.Join(fmt.Errorf("not within %s: %s", patience, what), err)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(700 * time.Millisecond):
		}
	}
}

// write puts a file into the CERT's folder.
func (c *cert) write(name string, content []byte) (string, error) {
	path := c.p.File(name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return "", fmt.Errorf("write %s: %w", name, err)
	}
	return path, nil
}
