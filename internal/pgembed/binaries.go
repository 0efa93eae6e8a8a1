package pgembed

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// binaryGlobs are where distributions put PostgreSQL's server programs, which
// most keep out of PATH.
var binaryGlobs = []string{
	"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
	"/usr/pgsql-*/bin",          // PostgreSQL's packages for Red Hat and its kin
	"/usr/lib/postgresql*/bin",  // SUSE
	"/usr/libexec/postgresql*",  // Alpine
	"/opt/homebrew/opt/postgresql*/bin",
}

const installHint = "install PostgreSQL: apt-get install postgresql"

// programs are what a directory must hold to be of use.
var programs = []string{"postgres", "initdb", "psql"}

// binaries is a directory of PostgreSQL programs.
type binaries struct{ dir string }

func (b binaries) path(program string) string { return filepath.Join(b.dir, program) }

// findBinaries finds the programs of one major version, or the newest when
// major is 0. A dir that is not empty is the only place looked at.
func findBinaries(dir string, major int) (binaries, error) {
	if dir != "" {
		if missing := missingProgram(dir); missing != "" {
			return binaries{}, &Error{Message: fmt.Sprintf("PostgreSQL: no program %s in %s", missing, dir), Hint: installHint}
		}
		return binaries{dir}, nil
	}
	found := candidates(binaryGlobs)
	if len(found) == 0 {
		return binaries{}, &Error{
			Message: "PostgreSQL is not installed (looked in " + strings.Join(binaryGlobs[:2], ", ") + " and PATH)",
			Hint:    installHint,
		}
	}
	best := slices.MaxFunc(found, func(a, b string) int { return majorOfDir(a) - majorOfDir(b) })
	for _, d := range found {
		if major != 0 && majorOfDir(d) == major {
			best = d
		}
	}
	return binaries{best}, nil
}

// candidates lists the directories that hold every program: the packaged
// ones, and the one in PATH.
func candidates(globs []string) []string {
	var dirs []string
	for _, g := range globs {
		matches, err := filepath.Glob(g)
		if err != nil {
			continue // only a malformed pattern, and these are constants
		}
		dirs = append(dirs, matches...)
	}
	if p, err := exec.LookPath("postgres"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			dirs = append(dirs, filepath.Dir(p))
		}
	}
	return slices.DeleteFunc(dirs, func(d string) bool { return missingProgram(d) != "" })
}

// missingProgram names the first program that dir lacks, or "".
func missingProgram(dir string) string {
	for _, p := range programs {
		if _, err := os.Stat(filepath.Join(dir, p)); err != nil {
			return p
		}
	}
	return ""
}

// majorOfDir reads the version out of a path like /usr/lib/postgresql/15/bin;
// 0 when there is none. It only orders candidates; the program is asked too.
func majorOfDir(dir string) int {
	for part := range strings.SplitSeq(filepath.ToSlash(dir), "/") {
		part = strings.TrimLeft(part, "abcdefghijklmnopqrstuvwxyz-@")
		if n := leadingNumber(part); n > 0 {
			return n
		}
	}
	return 0
}

// majorOfVersion reads "postgres (PostgreSQL) 15.18 (Debian 15.18-0)".
func majorOfVersion(text string) (int, error) {
	for word := range strings.FieldsSeq(text) {
		if n := leadingNumber(word); n > 0 {
			return n, nil
		}
	}
	return 0, fmt.Errorf("read PostgreSQL's version from %q: no number", text)
}

// leadingNumber returns the number that s begins with, or 0.
func leadingNumber(s string) int {
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(s)
	}
	n, err := strconv.Atoi(s[:end])
	if err != nil {
		return 0
	}
	return n
}
