package drive

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// ScanAll scans every operator at the same time and waits for the ends.
func (j *Job) ScanAll(ctx context.Context) ([]wire.Scan, error) {
	ctx, cancel := context.WithTimeout(ctx, 25*time.Minute)
	defer cancel()
	var (
		wg    sync.WaitGroup
		scans = make([]wire.Scan, len(j.Truth.Operators))
		errs  = make([]error, len(j.Truth.Operators))
	)
	begun := time.Now()
	for i, o := range j.Truth.Operators {
		args := []string{"scan", "run", "--org", j.Orgs[o.Key], "--profile", "standard", "--wait"}
		j.CLI.say("$ ciiscan %s", quoted(args))
		wg.Go(func() { errs[i] = j.CLI.run(ctx, &scans[i], args) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for i, o := range j.Truth.Operators {
		s := scans[i]
		j.CLI.say("%s (%s): %s; %d addresses answered, %d services; findings: %d new, %d open, %d fixed",
			s.ID, o.Name, s.State, s.Hosts, s.Services, s.Findings.New, s.Findings.Open, s.Findings.Fixed)
		for _, skip := range s.Skipped {
			j.CLI.say("  left out: %s (%s)", skip.What, skip.Reason)
		}
	}
	j.CLI.say("in %s", time.Since(begun).Round(time.Second))
	return scans, nil
}

// Findings returns everything that is known of every operator.
func (j *Job) Findings(ctx context.Context) ([]lab.Finding, error) {
	var all []lab.Finding
	for _, o := range j.Truth.Operators {
		var findings []wire.Finding
		if err := j.CLI.Run(ctx, &findings, "finding", "list", "--org", j.Orgs[o.Key]); err != nil {
			return nil, err
		}
		for _, f := range findings {
			found, err := asFinding(o.Key, f)
			if err != nil {
				return nil, err
			}
			all = append(all, found)
		}
	}
	return all, nil
}
