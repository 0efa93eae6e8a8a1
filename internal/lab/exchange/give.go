package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// The check that Alpha warns of; both countries have what it finds.
const warnedCheck = "cii-redis-open"

// give makes two advisories and lets them out: one, of what Alpha found, to
// Beta; one, written from scratch, to everybody.
func (s *scenario) give(ctx context.Context) error {
	if err := s.fromFindings(ctx); err != nil {
		return err
	}
	id, err := s.letOut(ctx, s.alpha, s.warning, "--peer", s.alpha.peer)
	if err != nil {
		return err
	}
	s.released = id
	if err := s.fromScratch(ctx); err != nil {
		return err
	}
	_, err = s.letOut(ctx, s.alpha, s.notice, "--public")
	return err
}

// fromFindings drafts the warning too strictly labelled for the agreement,
// sees the gate refuse it, and mends the label.
func (s *scenario) fromFindings(ctx context.Context) error {
	var draft wire.Advisory
	if err := s.alpha.CLI.Run(ctx, &draft, "advisory", "draft", "--check", warnedCheck, "--tlp", "red"); err != nil {
		return err
	}
	s.warning = draft.ID
	why := refused(ctx, s.alpha.CLI, "release", "preview", draft.ID, "--peer", s.alpha.peer)
	s.note("preview before approval", why)
	if err := s.approve(ctx, s.alpha, draft.ID); err != nil {
		return err
	}
	why = refused(ctx, s.alpha.CLI, "release", "preview", draft.ID, "--peer", s.alpha.peer)
	s.note("preview of TLP:RED", why)
	if err := s.alpha.deputy.Run(ctx, nil, "advisory", "return", draft.ID); err != nil {
		return err
	}
	if err := s.alpha.CLI.Run(ctx, nil, "advisory", "edit", draft.ID, "--tlp", "amber"); err != nil {
		return err
	}
	return s.approve(ctx, s.alpha, draft.ID)
}

// fromScratch writes an advisory about a product, for everybody.
func (s *scenario) fromScratch(ctx context.Context) error {
	var a wire.Advisory
	if err := s.alpha.CLI.Run(ctx, &a, "advisory", "new", "--category", "vulnerability", "--tlp", "clear", "--severity", "high",
		"--title", "Web servers that a stream of resets brings down",
		"--summary", "A client that opens and resets HTTP/2 streams without end exhausts the server.",
		"--impact", "The service is not available.", "--fix", "Update nginx to 1.25.3 or later, or limit requests for each connection.",
		"--cve", "CVE-2023-44487", "--score", "CVE-2023-44487=CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
		"--product", "cpe:2.3:a:f5:nginx:*:*:*:*:*:*:*:* vers:generic/<1.25.3",
		"--reference", "https://nvd.nist.gov/vuln/detail/CVE-2023-44487"); err != nil {
		return err
	}
	s.notice = a.ID
	return s.approve(ctx, s.alpha, a.ID)
}

// approve hands an advisory over to the deputy, who approves it.
func (s *scenario) approve(ctx context.Context, c *cert, id string) error {
	return c.deputy.Run(ctx, nil, "advisory", "approve", id)
}

// letOut looks at what would leave, asks, and has the deputy let it out.
func (s *scenario) letOut(ctx context.Context, c *cert, advisory string, audience ...string) (release string, err error) {
	dir := s.folder("preview-" + strings.ToLower(advisory))
	var preview wire.ReleasePreview
	if err := c.CLI.Run(ctx, &preview, append([]string{"release", "preview", advisory, "--out", c.p.Shown(dir)}, audience...)...); err != nil {
		return "", err
	}
	var formats []string
	for _, f := range preview.Files {
		formats = append(formats, f.Format)
	}
	s.say("would leave as %s: %s", strings.Join(formats, ", "), preview.Clause)
	var r wire.Release
	if err := c.CLI.Run(ctx, &r, append([]string{"release", "request", advisory, "--reason", "others have it, too"}, audience...)...); err != nil {
		return "", err
	}
	why := refused(ctx, c.CLI, "release", "approve", r.ID)
	_, why, _ = strings.Cut(why, r.ID+": ")
	s.note("the same person lets out what they asked for", why)
	if err := c.deputy.Run(ctx, &r, "release", "approve", r.ID); err != nil {
		return "", err
	}
	if r.State != "released" {
		return "", fmt.Errorf("%s is %s, want released", r.ID, r.State)
	}
	return r.ID, nil
}
