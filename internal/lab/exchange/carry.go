package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// carry brings the warning by two more ways: a mail, and a file that somebody
// carries. Beta recognises both as what it has.
func (s *scenario) carry(ctx context.Context) error {
	var mail string
	if err := eventually(ctx, "the mail with the warning", func() (bool, error) {
		var err error
		mail, err = s.post.last(s.beta.contact, s.p.Dir)
		return mail != "", err
	}); err != nil {
		return err
	}
	s.say("the post has a mail for %s", s.beta.contact)
	var in wire.Inbound
	if err := s.beta.CLI.Run(ctx, &in, "inbox", "import", s.beta.p.Shown(mail), "--peer", s.beta.peer); err != nil {
		return err
	}
	s.note("the warning by mail", fmt.Sprintf("%s, signature %s", in.State, in.Signature))

	first := s.folder("alpha-1.bundle")
	if err := s.alpha.CLI.Run(ctx, nil, "bundle", "write", "--peer", s.alpha.peer, "--out", s.alpha.p.Shown(first)); err != nil {
		return err
	}
	for _, line := range []string{"the bundle", "the same bundle once more"} {
		word, err := s.readBundle(ctx, first)
		if err != nil {
			return err
		}
		s.note(line, word)
	}
	return nil
}

// readBundle lets Beta read a bundle and says what came of it. That bundles
// are missing is an answer, and no error.
func (s *scenario) readBundle(ctx context.Context, path string) (string, error) {
	const exitPartial = 4
	var read wire.BundleRead
	err := s.beta.CLI.Run(ctx, &read, "bundle", "read", s.beta.p.Shown(path))
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == exitPartial {
		_, why, _ := strings.Cut(err.Error(), "\n")
		why, _, _ = strings.Cut(why, "\n")
		return strings.TrimSpace(why), nil
	}
	if err != nil {
		return "", err
	}
	var states []string
	for _, in := range read.Inbounds {
		states = append(states, in.State)
	}
	word := fmt.Sprintf("number %d with %s", read.Sequence, strings.Join(states, ", "))
	if read.Again {
		word += ", read before"
	}
	return word, nil
}

// loseBundle packs what waits into a bundle that never arrives.
func (s *scenario) loseBundle(ctx context.Context) error {
	return s.alpha.CLI.Run(ctx, nil, "bundle", "write", "--peer", s.alpha.peer, "--out", s.alpha.p.Shown(s.folder("alpha-2-lost.bundle")))
}

// bundleAfterLost brings the next bundle, on which Beta sees that one is
// missing.
func (s *scenario) bundleAfterLost(ctx context.Context) error {
	path := s.folder("alpha-3.bundle")
	if err := s.alpha.CLI.Run(ctx, nil, "bundle", "write", "--peer", s.alpha.peer, "--out", s.alpha.p.Shown(path)); err != nil {
		return err
	}
	word, err := s.readBundle(ctx, path)
	s.note("a bundle after one that was lost", word)
	return err
}
