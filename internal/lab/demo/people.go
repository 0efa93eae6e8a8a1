package main

import (
	"context"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

const (
	// peopleFile has who may sign in, and how. It is for a demo only: a real
	// installation shows recovery codes to nobody but their owner.
	peopleFile = "people.txt"
	// password is everybody's in the demo, which only this machine reaches.
	password = "copper lantern ravine tide"
)

// people are one for each kind of work. An operator's are the bank's.
var people = []struct{ name, role, org string }{
	{"administrator", "administrator", ""},
	{"analyst", "analyst", ""},
	{"approver", "approver", ""},
	{"auditor", "auditor", ""},
	{"bank-admin", "operator_admin", lab.Bank},
	{"bank-operator", "operator", lab.Bank},
}

// invite makes an account for each of the people, by an invitation that is
// accepted as in a browser, and begins the week's run, so that there is
// something to review. A newcomer has no authenticator at hand: recovery codes
// are the second factor then.
func (d *demo) invite(ctx context.Context) error {
	var sheet strings.Builder
	for _, who := range people {
		args := []string{"user", "invite", "--role", who.role}
		if who.org != "" {
			args = append(args, "--org", d.Orgs[who.org])
		}
		var link wire.InvitationLink
		if err := d.CLI.Run(ctx, &link, args...); err != nil {
			return err
		}
		codes, err := accept(ctx, config.ConsoleSocketIn(d.p.Data()), link.URL, who.name)
		if err != nil {
			return fmt.Errorf("make the account %s: %w", who.name, err)
		}
		fmt.Fprintf(&sheet, "%-14s %s\n", who.name, strings.Join(codes, " "))
	}
	if err := os.WriteFile(d.p.File(peopleFile), []byte(sheet.String()), 0o600); err != nil {
		return fmt.Errorf("write who may sign in: %w", err)
	}
	return d.CLI.Run(ctx, nil, "report", "run")
}

// What the pages of an invitation show once.
var (
	stepField    = regexp.MustCompile(`name="step" value="([^"]+)"`)
	phoneSecret  = regexp.MustCompile(`<bdi dir="ltr">([A-Z2-7]{32})</bdi>`)
	recoveryCode = regexp.MustCompile(`[0-9a-z]{4}(?:-[0-9a-z]{4}){3}`)
)

// accept makes an account of an invitation, and returns its recovery codes.
func accept(ctx context.Context, socket, link, name string) ([]string, error) {
	at, err := url.Parse(link)
	if err != nil {
		return nil, fmt.Errorf("read the invitation: %w", err)
	}
	c := &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
		DisableKeepAlives: true,
	}}
	page, err := send(ctx, c, at.Path, url.Values{"name": {name}, "password": {password}, "again": {password}})
	if err != nil {
		return nil, err
	}
	step, secret := stepField.FindStringSubmatch(page), phoneSecret.FindStringSubmatch(page)
	if step == nil || secret == nil {
		return nil, fmt.Errorf("the page that asks for the second factor has none")
	}
	code, err := totp.GenerateCode(secret[1], time.Now())
	if err != nil {
		return nil, fmt.Errorf("make a one-time code: %w", err)
	}
	page, err = send(ctx, c, at.Path+"/code", url.Values{"step": {html.UnescapeString(step[1])}, "code": {code}})
	if err != nil {
		return nil, err
	}
	codes := recoveryCode.FindAllString(page, -1)
	if len(codes) == 0 {
		return nil, fmt.Errorf("no recovery codes are shown")
	}
	return codes, nil
}

// send sends a form, and returns the page that answers it.
func send(ctx context.Context, c *http.Client, path string, form url.Values) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://localhost"+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", fmt.Errorf("send a form: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://localhost")
	answer, err := c.Do(r)
	if err != nil {
		return "", fmt.Errorf("send a form: %w", err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 4<<20))
	if err != nil {
		return "", fmt.Errorf("read the answer to a form: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("a form is answered by %s", answer.Status)
	}
	return string(body), nil
}
