// Package strangers brings the programs of others that judge what we give out
// and give us what we have to read: built or installed once, into the user's
// cache, of the versions that they are known to work in.
package strangers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const (
	gocsafVersion    = "v3.7.0" // that of the module that we use, too
	validatorVersion = "2.0.10"
)

// Gocsaf returns the folder of gocsaf's programs: csaf_checker,
// csaf_downloader, csaf_aggregator, csaf_provider and csaf_uploader.
func Gocsaf(ctx context.Context) (string, error) {
	return cached("gocsaf-"+gocsafVersion, func(dir string) error {
		cmd := exec.CommandContext(ctx, "go", "install", "github.com/gocsaf/csaf/v3/cmd/...@"+gocsafVersion)
		cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=")
		return run(cmd)
	})
}

// Validator returns the folder whose node_modules hold csaf-validator-lib, the
// reference validator of CSAF. Scripts that use it lie there, too.
func Validator(ctx context.Context) (string, error) {
	return cached("csaf-validator-lib-"+validatorVersion, func(dir string) error {
		err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"private": true, "type": "module"}`), 0o600)
		if err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, "npm", "install", "--silent", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts",
			"@secvisogram/csaf-validator-lib@"+validatorVersion)
		cmd.Dir = dir
		return run(cmd)
	})
}

// Absent skips a test for want of a stranger, or fails it where everything has
// to be there, as in CI.
func Absent(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CIISCAN_TEST_REFERENCE_VALIDATOR") == "require" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Found is a stranger's folder, or the test is Absent.
func Found(t testing.TB, bring func(context.Context) (string, error)) string {
	t.Helper()
	dir, err := bring(t.Context())
	if err != nil {
		Absent(t, "a program of others is not to be had: %v", err)
	}
	return dir
}

// cached returns a folder below the user's cache, after fill has filled a new
// one for it. Several may ask at the same time. Where there is no way to the
// internet it only finds what is there.
func cached(name string, fill func(dir string) error) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache: %w", err)
	}
	dir := filepath.Join(base, "ciiscan", name)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return "", fmt.Errorf("make the cache: %w", err)
	}
	fresh, err := os.MkdirTemp(filepath.Dir(dir), name+".new")
	if err != nil {
		return "", fmt.Errorf("make the cache: %w", err)
	}
	defer func() { _ = os.RemoveAll(fresh) }() // it was renamed, or is of no use
	if err := fill(fresh); err != nil {
		return "", fmt.Errorf("bring %s: %w", name, err)
	}
	if err := os.Rename(fresh, dir); err != nil {
		if _, missing := os.Stat(dir); missing != nil { // else another was faster
			return "", fmt.Errorf("keep %s: %w", name, err)
		}
	}
	return dir, nil
}

func run(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd.Args[0], err, out)
	}
	return nil
}
