package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab/crowd"
	"github.com/ciiscan/ciiscan/internal/lab/drive"
	"github.com/ciiscan/ciiscan/internal/lab/load"
	"github.com/ciiscan/ciiscan/internal/pgembed"
	"github.com/ciiscan/ciiscan/internal/store"
)

// A country's parts of the bench: the pages of the console, and the reports of
// a weekly run.
const (
	partConsole = "console"
	partReports = "reports"
)

// country measures parts over a crowd, in a database of its own below p, or at
// a URL.
func country(ctx context.Context, p drive.Places, args []string, parts ...string) (err error) {
	size := crowd.Country()
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&size.Orgs, "orgs", size.Orgs, "organisations")
	flags.IntVar(&size.Assets, "assets", size.Assets, "assets")
	flags.IntVar(&size.Findings, "findings", size.Findings, "findings")
	flags.IntVar(&size.Seed, "seed", size.Seed, "of chance: another one makes another country")
	rounds := flags.Int("rounds", 30, "times that each page is opened")
	only := flags.String("pages", "", "open the pages alone that this regular expression fits")
	many := flags.Int("reports", 500, "reports to make")
	url := flags.String("db", "", "URL of a database, as its owner: empty, or filled by this program before; a private one when absent")
	if err := flags.Parse(args); err != nil {
		return err
	}
	wanted, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("flag -pages: %w", err)
	}
	if *url == "" {
		cluster, err2 := private(ctx, p)
		if err2 != nil {
			return err2
		}
		defer func() {
			stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
			defer cancel()
			err = errors.Join(err, cluster.Stop(stopping), os.RemoveAll(crowdDir(p))) // some gigabytes
		}()
		*url = cluster.URL("crowd", pgembed.Superuser)
	}
	if err := settle(ctx, *url, size); err != nil {
		return err
	}
	s, err := load.Serve(ctx, *url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for _, part := range parts {
		switch part {
		case partReports: // first, while the process is small
			err = weeklyReports(ctx, s, min(*many, size.Orgs))
		case partConsole:
			err = pages(ctx, s, wanted, *rounds)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func crowdDir(p drive.Places) string { return filepath.Join(p.Dir, "crowd") }

// private starts a cluster in a fresh folder.
func private(ctx context.Context, p drive.Places) (*pgembed.Cluster, error) {
	dir := crowdDir(p)
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("make room for the crowd: %w", err)
	}
	if err := os.MkdirAll(dir, 0o711); err != nil { // the server may be another user
		return nil, fmt.Errorf("make room for the crowd: %w", err)
	}
	cluster, err := pgembed.Start(ctx, pgembed.Config{Dir: filepath.Join(dir, "db")})
	if err != nil {
		return nil, err
	}
	if err := cluster.CreateDatabase(ctx, "crowd"); err != nil {
		return nil, errors.Join(err, cluster.Stop(ctx))
	}
	return cluster, nil
}

// settle migrates the database and fills it, unless it is filled.
func settle(ctx context.Context, url string, size crowd.Size) error {
	if err := store.Migrate(ctx, url); err != nil {
		return err
	}
	begun := time.Now()
	err := crowd.Fill(ctx, url, size, begun)
	switch {
	case errors.Is(err, crowd.ErrFilled):
		fmt.Println("\nthe crowd that is there")
	case err != nil:
		return err
	default:
		fmt.Printf("\n%d organisations, %d assets and %d findings, made in %s\n", size.Orgs, size.Assets, size.Findings, time.Since(begun).Round(time.Second))
	}
	return nil
}

func pages(ctx context.Context, s *load.Server, wanted *regexp.Regexp, rounds int) error {
	visits, err := s.Visits(ctx)
	if err != nil {
		return err
	}
	var all []load.Measure
	for _, v := range visits {
		if !wanted.MatchString(v.String()) {
			continue
		}
		m, err := s.Measure(ctx, v, 3, rounds)
		if err != nil {
			return err
		}
		all = append(all, m)
	}
	fmt.Printf("console    every page %d times, one at a time, after three that do not count\n", rounds)
	load.Print(os.Stdout, all)
	return nil
}

func weeklyReports(ctx context.Context, s *load.Server, many int) error {
	run, err := s.Reports(ctx, many, time.Now())
	if err != nil {
		return err
	}
	fmt.Print("reports    ")
	run.Print(os.Stdout)
	return nil
}
