package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/internal/lab/strangers"
)

// program runs one of gocsaf's programs in a new folder, as somebody who
// trusts the authority.
func (s *scenario) program(ctx context.Context, folder, name string, args ...string) (output []byte, err error) {
	dir := s.folder(folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make a folder for %s: %w", name, err)
	}
	s.say("%s %s", name, strings.Join(args, " "))
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(s.tools, name), args...)
	cmd.Dir = dir // they look for a configuration where they stand
	cmd.Env = append(os.Environ(), "HOME="+dir, "SSL_CERT_FILE="+s.ca.file())
	if output, err = cmd.CombinedOutput(); err != nil {
		return output, fmt.Errorf("%s: %w\n%s", name, err, output)
	}
	return output, nil
}

// strangersRead lets gocsaf's receivers loose on Alpha.
func (s *scenario) strangersRead(ctx context.Context) error {
	if err := s.check(ctx); err != nil {
		return err
	}
	if err := s.download(ctx, "csaf_downloader as a stranger", "downloaded-stranger"); err != nil {
		return err
	}
	if err := s.download(ctx, "csaf_downloader as Beta", "downloaded-beta", "--client_cert="+s.beta.tlsCert, "--client_key="+s.beta.tlsKey); err != nil {
		return err
	}
	return s.aggregate(ctx)
}

// check has csaf_checker judge Alpha as a trusted provider. It ends well
// whatever it finds: its report tells.
func (s *scenario) check(ctx context.Context) error {
	report := s.folder("checked.json")
	if _, err := s.program(ctx, "checked", "csaf_checker", "-o", report, s.alpha.metadata()); err != nil {
		return err
	}
	found, err := strangers.ReadJudgement(report)
	if err != nil {
		return err
	}
	word := "not passed"
	if found.Passed && found.Role == "csaf_trusted_provider" {
		word = "passed"
	}
	for _, q := range found.Requirements {
		for _, m := range q.Messages {
			if m.Faults() {
				word += fmt.Sprintf("; %d: %s", q.Num, m.Text)
			}
		}
	}
	s.note("csaf_checker as a stranger", word)
	return nil
}

// download has csaf_downloader fetch what it may have, with all signatures
// and hashes checked by it.
func (s *scenario) download(ctx context.Context, line, folder string, auth ...string) error {
	dir := s.folder(folder)
	args := append([]string{"--trusted_only", "-d", dir}, auth...)
	if _, err := s.program(ctx, folder, "csaf_downloader", append(args, s.alpha.metadata())...); err != nil {
		return err
	}
	fetched, faults, err := strangers.ReadDownloads(filepath.Join(dir, "downloader.log"))
	if err != nil {
		return err
	}
	got := fmt.Sprintf("%d documents", fetched)
	if len(faults) > 0 {
		got = strings.Join(faults, "; ")
	}
	s.note(line, got)
	return nil
}

// aggregate has csaf_aggregator mirror Alpha.
func (s *scenario) aggregate(ctx context.Context) error {
	const folder = "aggregated"
	dir := s.folder(folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make a folder for the aggregator: %w", err)
	}
	public, private, err := keyPair(dir, "Aggregator", "aggregator@example.org")
	if err != nil {
		return err
	}
	config := fmt.Sprintf(`workers = 1
folder = %q
web = %q
lock_file = ""
domain = "https://aggregator.example"
openpgp_public_key = %q
openpgp_private_key = %q
allow_single_provider = true
write_indices = true

[aggregator]
category = "aggregator"
name = "Aggregator of the demo"
contact_details = "aggregator@example.org"
issuing_authority = "none"
namespace = "https://aggregator.example"

[[providers]]
name = "alpha"
domain = %q
`, filepath.Join(dir, "store"), filepath.Join(dir, "web"), public, private, s.alpha.metadata())
	path := filepath.Join(dir, "aggregator.toml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return fmt.Errorf("configure the aggregator: %w", err)
	}
	output, err := s.program(ctx, folder, "csaf_aggregator", "-c", path)
	if err != nil {
		return err
	}
	mirrored, err := documentsBelow(filepath.Join(dir, "store"))
	if err != nil {
		return err
	}
	if mirrored == 0 {
		s.say("%s", output)
	}
	s.note("csaf_aggregator", fmt.Sprintf("mirrors %d of Alpha's documents", mirrored))
	return nil
}

// documentsBelow counts the signed documents in a folder.
func documentsBelow(dir string) (n int, err error) {
	seen := map[string]bool{}
	err = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".json.asc") {
			seen[filepath.Base(path)] = true
		}
		return err
	})
	return len(seen), err
}

// keyPair makes an OpenPGP key in a folder.
func keyPair(dir, name, email string) (public, private string, err error) {
	secret, err := pgp.Generate(name, email, "", time.Now())
	if err != nil {
		return "", "", err
	}
	signer, err := pgp.Load(secret, "", time.Now)
	if err != nil {
		return "", "", err
	}
	public, private = filepath.Join(dir, "public.asc"), filepath.Join(dir, "private.asc")
	return public, private, errors.Join(os.WriteFile(public, []byte(signer.PublicKey()), 0o600), os.WriteFile(private, []byte(secret), 0o600))
}
