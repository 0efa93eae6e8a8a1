package main

import (
	"context"
	"fmt"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// giveBack lets Beta tell everybody of something that it found. Alpha fetches
// it with the API key that it was given.
func (s *scenario) giveBack(ctx context.Context) error {
	var draft wire.Advisory
	if err := s.beta.CLI.Run(ctx, &draft, "advisory", "draft", "--check", "cii-git-exposed", "--tlp", "clear"); err != nil {
		return err
	}
	if err := s.approve(ctx, s.beta, draft.ID); err != nil {
		return err
	}
	if _, err := s.letOut(ctx, s.beta, draft.ID, "--public"); err != nil {
		return err
	}
	in, err := s.arrived(ctx, s.alpha, draft.ID, "accepted")
	if err != nil {
		return err
	}
	s.note("Beta's notice at Alpha", fmt.Sprintf("%s, signature %s, %s", in.State, in.Signature, in.TLP))
	return nil
}
