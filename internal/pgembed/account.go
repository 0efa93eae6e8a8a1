package pgembed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// An account is the user as whom PostgreSQL's programs run.
type account struct {
	name     string
	uid, gid int // owner of its files as this process sees them
	attr     syscall.SysProcAttr
}

// chooseAccount finds an account under which the program runs with dir as its
// working directory, and returns what `program --version` printed there.
//
// Running it is the only sure test: who may become whom depends on
// capabilities, namespaces and access lists alike.
func chooseAccount(ctx context.Context, program, dir string) (account, string, error) {
	accounts, err := accountsToTry()
	if err != nil {
		return account{}, "", err
	}
	var errs []error
	for _, a := range accounts {
		if err := os.Chown(dir, a.uid, a.gid); err != nil {
			errs = append(errs, fmt.Errorf("give %s to %s: %w", dir, a.name, err))
			continue
		}
		out, err := a.command(ctx, dir, program, "--version").CombinedOutput()
		switch {
		case err == nil:
			return a, string(out), nil
		case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EUSERS):
			// We may not become that user, or not make a namespace.
			errs = append(errs, fmt.Errorf("become %s: %w", a.name, err))
		case errors.Is(err, os.ErrPermission):
			return account{}, "", a.unreachable(dir, program, err)
		default:
			return account{}, "", fmt.Errorf("run %s --version: %w %s", program, err, out)
		}
	}
	return account{}, "", &Error{
		Message: "PostgreSQL does not run as root, and here root may not run it as another user",
		Hint:    "start as an ordinary user, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1)",
		Cause:   errors.Join(errs...),
	}
}

// accountsToTry lists the accounts that could serve, best first.
func accountsToTry() ([]account, error) {
	uid, gid := os.Geteuid(), os.Getegid()
	if uid != 0 {
		if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
			return []account{{name: u.Username, uid: uid, gid: gid}}, nil
		}
		// initdb wants a name for its user and there is none; a namespace
		// can lend one.
	}
	name, sid, sgid, err := serviceUser()
	if err != nil {
		return nil, err
	}
	lent := account{name: name + " (in a user namespace)", uid: uid, gid: gid, attr: syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: sid, HostID: uid, Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: sgid, HostID: gid, Size: 1}},
	}}
	if uid != 0 {
		return []account{lent}, nil
	}
	proper := account{name: name, uid: sid, gid: sgid, attr: syscall.SysProcAttr{
		Credential: &syscall.Credential{Uid: uint32(sid), Gid: uint32(sgid)},
	}}
	return []account{proper, lent}, nil
}

// serviceUser finds the system's user for PostgreSQL, or else nobody.
func serviceUser() (name string, uid, gid int, err error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil && uid != 0 {
			return name, uid, gid, nil
		}
	}
	return "", 0, 0, &Error{
		Message: "no user to run PostgreSQL as: the system has neither postgres nor nobody",
		Hint:    "start as an ordinary user, or create one: adduser --system postgres",
	}
}

// command prepares a program to run as a, in dir, in a process group of its
// own (a Ctrl-C at the terminal is for us to pass on) and with nothing of our
// environment that could steer it elsewhere.
func (a account) command(ctx context.Context, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = environment()
	attr := a.attr
	attr.Setpgid = true
	cmd.SysProcAttr = &attr
	return cmd
}

// environment fixes language and zone, so that output can be understood.
func environment() []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	if v := os.Getenv("LD_LIBRARY_PATH"); v != "" {
		env = append(env, "LD_LIBRARY_PATH="+v)
	}
	return env
}

// unreachable says which directory on the way to dir is closed to a.
func (a account) unreachable(dir, program string, cause error) error {
	for d := dir; ; d = filepath.Dir(d) {
		parent := filepath.Dir(d)
		if parent == d {
			break
		}
		if info, err := os.Stat(parent); err == nil && !a.mayEnter(info) {
			return &Error{
				Message: fmt.Sprintf("the user %s, as whom PostgreSQL runs, may not enter %s and so cannot use %s", a.name, parent, dir),
				Hint:    fmt.Sprintf("choose a data directory such as /var/lib/ciiscan, or open the way: chmod o+x %s", parent),
			}
		}
	}
	return &Error{Message: fmt.Sprintf("run %s as %s in %s", program, a.name, dir), Cause: cause}
}

// mayEnter judges by the permission bits.
func (a account) mayEnter(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true
	}
	mode := info.Mode().Perm()
	switch {
	case int(st.Uid) == a.uid:
		return mode&0o100 != 0
	case int(st.Gid) == a.gid:
		return mode&0o010 != 0
	}
	return mode&0o001 != 0
}
