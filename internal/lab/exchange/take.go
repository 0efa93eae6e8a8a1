package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// settling is how long a verdict may take after the scan that decides it; one
// that stays what it was has no younger date.
const settling = 10 * time.Second

// take waits until Beta has both documents and has decided on every match,
// and looks at what Alpha hears of it.
func (s *scenario) take(ctx context.Context) error {
	if err := s.beta.CLI.Run(ctx, nil, "peer", "source", "poll", s.csafSource); err != nil {
		return err
	}
	warning, err := s.arrived(ctx, s.beta, s.warning, "accepted")
	if err != nil {
		return err
	}
	s.note("the warning at Beta", fmt.Sprintf("%s, signature %s, %s", warning.State, warning.Signature, warning.TLP))
	notice, err := s.arrived(ctx, s.beta, s.notice, "accepted")
	if err != nil {
		return err
	}
	s.note("the notice at Beta", fmt.Sprintf("%s, signature %s, %s", notice.State, notice.Signature, notice.TLP))

	matches, err := s.decided(ctx, s.beta, warning.ID)
	if err != nil {
		return err
	}
	// One look that sees nothing is not proof enough that something is gone.
	s.note("open caches after the first look", tally(matches))
	if err := s.answered(ctx, "the warning", s.warning, func(f wire.Feedback) bool { return f.Counts["affected"] > 0 }); err != nil {
		return err
	}
	if matches, err = s.decided(ctx, s.beta, notice.ID); err != nil {
		return err
	}
	s.note("web servers of the notice", tally(matches))
	if err := s.answered(ctx, "the notice", s.notice, func(f wire.Feedback) bool { return len(f.Counts) > 0 && f.Counts["pending"] == 0 }); err != nil {
		return err
	}
	return s.lookAgain(ctx, warning.ID)
}

// lookAgain is Beta's next routine scan. What it proves changes the verdicts,
// and Alpha hears that they are different now, but of fewer than three
// operators no number.
func (s *scenario) lookAgain(ctx context.Context, warning string) error {
	if _, err := s.beta.ScanAll(ctx); err != nil {
		return err
	}
	quiet := quietly(s.beta.CLI)
	var matches []wire.Match
	err := eventually(ctx, "one open cache of three", func() (ok bool, err error) {
		matches, err = list[wire.Match](ctx, quiet, "inbox", "matches", warning)
		affected := slices.DeleteFunc(slices.Clone(matches), func(m wire.Match) bool { return m.Verdict != "affected" })
		return len(affected) == 1, err
	})
	if err != nil {
		return fmt.Errorf("%w: %+v", err, matches)
	}
	for _, host := range []string{affectedHost, mendedHost, goneHost} {
		s.note("open cache at "+host, verdictAt(matches, host))
	}
	return s.answered(ctx, "the warning, once two are mended", s.warning, func(f wire.Feedback) bool { return f.State == "accepted" && len(f.Counts) == 0 })
}

// arrived waits until a CERT has a document of a peer in a state.
func (s *scenario) arrived(ctx context.Context, c *cert, advisory, state string) (found wire.Inbound, err error) {
	quiet := quietly(c.CLI)
	var seen []string
	err = eventually(ctx, advisory+" in the inbox of "+c.name+" as "+state, func() (bool, error) {
		all, err := list[wire.Inbound](ctx, quiet, "inbox", "list")
		if err != nil {
			return false, err
		}
		seen = nil
		for _, in := range all {
			seen = append(seen, fmt.Sprintf("%s %s version %s: %s (%s)", in.ID, in.TrackingID, in.Version, in.State, in.Reason))
			if in.State == state && strings.EqualFold(in.TrackingID, advisory) {
				found = in
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil {
		sources, _ := list[wire.Source](ctx, quiet, "peer", "source", "list")
		for _, src := range sources {
			seen = append(seen, fmt.Sprintf("%s %s: %s", src.ID, src.URL, src.LastError))
		}
		return found, fmt.Errorf("%w; there is: %s", err, strings.Join(seen, "; "))
	}
	return found, nil
}

// decided waits until no match of a document is pending any more, and the
// scans that were to decide have had their say.
func (s *scenario) decided(ctx context.Context, c *cert, inbound string) (matches []wire.Match, err error) {
	quiet := quietly(c.CLI)
	err = eventually(ctx, "verdicts on all matches of "+inbound, func() (bool, error) {
		if matches, err = list[wire.Match](ctx, quiet, "inbox", "matches", inbound); err != nil {
			return false, err
		}
		for _, m := range matches {
			if m.Verdict == "pending" || m.DecidedAt == nil {
				return false, nil
			}
			if m.ScanID == "" {
				continue
			}
			var scan wire.Scan
			if err := quiet.Run(ctx, &scan, "scan", "show", m.ScanID); err != nil {
				return false, err
			}
			if scan.FinishedAt == nil || m.DecidedAt.Before(*scan.FinishedAt) && time.Since(*scan.FinishedAt) < settling {
				return false, nil
			}
		}
		return len(matches) > 0, nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %+v", err, matches)
	}
	return list[wire.Match](ctx, c.CLI, "inbox", "matches", inbound)
}

// verdictAt is what was decided on an address.
func verdictAt(matches []wire.Match, host string) string {
	var verdicts []string
	for _, m := range matches {
		if strings.HasPrefix(m.Service, host+" ") {
			verdicts = append(verdicts, m.Verdict)
		}
	}
	return strings.Join(verdicts, " and ")
}

// tally counts verdicts: "3 affected".
func tally(matches []wire.Match) string {
	counts := map[string]int{}
	for _, m := range matches {
		counts[m.Verdict]++
	}
	return words(counts)
}

func words(counts map[string]int) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		if counts[k] == 0 {
			continue
		}
		out = append(out, fmt.Sprintf("%d %s", counts[k], k))
	}
	return strings.Join(out, ", ")
}

// answered waits until Alpha has heard of Beta what it should of an advisory,
// and notes the last word.
func (s *scenario) answered(ctx context.Context, name, advisory string, enough func(wire.Feedback) bool) error {
	quiet := quietly(s.alpha.CLI)
	err := eventually(ctx, "an answer to "+advisory, func() (bool, error) {
		all, err := list[wire.Feedback](ctx, quiet, "sighting", "list", "--advisory", advisory)
		return slices.ContainsFunc(all, enough), err
	})
	if err != nil {
		return err
	}
	all, err := list[wire.Feedback](ctx, s.alpha.CLI, "sighting", "list", "--advisory", advisory)
	if err != nil {
		return err
	}
	last := slices.MaxFunc(all, func(a, b wire.Feedback) int { return a.At.Compare(b.At) })
	got := last.State
	if told := words(last.Counts); told != "" {
		got += ": " + told
	}
	s.note("Alpha hears of "+name, got)
	return nil
}

// confirmed tells whether Alpha's release is confirmed by its receiver.
func (s *scenario) confirmed(ctx context.Context, release string) (string, error) {
	var r wire.ReleaseDetail
	if err := s.alpha.CLI.Run(ctx, &r, "release", "show", release); err != nil {
		return "", err
	}
	kinds := map[string]bool{}
	for _, receipt := range r.Receipts {
		kinds[receipt.Kind] = true
	}
	word := "not confirmed"
	if r.Confirmed {
		word = "confirmed"
	}
	return word + ", with receipts " + strings.Join(slices.Sorted(maps.Keys(kinds)), " "), nil
}
