package pgembed

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// A layout names the parts of a cluster's directory; see the package's
// comment.
type layout struct {
	dir, lock, data, run, log string
}

func newLayout(dir string) layout {
	return layout{
		dir:  dir,
		lock: filepath.Join(dir, "lock"),
		data: filepath.Join(dir, "data"),
		run:  filepath.Join(dir, "run"),
		log:  filepath.Join(dir, "postgres.log"),
	}
}

// claim makes the directories and takes the lock, which ends with the file
// returned or with this process, however it dies.
func (l layout) claim() (*os.File, error) {
	if err := l.makeDirs(); err != nil {
		return nil, fileError("prepare the database's directory", l.dir, err)
	}
	f, err := os.OpenFile(l.lock, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fileError("lock the database's directory", l.dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder := readHolder(f)
		err = &Error{
			Message: fmt.Sprintf("database cluster %s is in use by %s", l.dir, holder),
			Hint:    "stop that one first, or choose another data directory",
			Cause:   f.Close(),
		}
		return nil, err
	}
	if err := writeHolder(f); err != nil {
		return nil, errors.Join(fileError("lock the database's directory", l.dir, err), f.Close())
	}
	return f, nil
}

// passable lets others through but not look around.
const passable = 0o711

func (l layout) makeDirs() error {
	// Others must be able to pass through, whatever the umask: the server may
	// run as another user. A directory that was there is its owner's affair.
	if _, err := os.Stat(l.dir); errors.Is(err, os.ErrNotExist) {
		if err := os.MkdirAll(l.dir, passable); err != nil {
			return err
		}
		if err := os.Chmod(l.dir, passable); err != nil {
			return err
		}
	}
	return os.MkdirAll(l.run, 0o700)
}

func writeHolder(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// readHolder describes the process that holds the lock.
func readHolder(f *os.File) string {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 32))
	pid := strings.TrimSpace(string(b))
	if err != nil || pid == "" {
		return "another process"
	}
	if name, err := os.ReadFile(filepath.Join("/proc", filepath.Base(pid), "comm")); err == nil {
		return fmt.Sprintf("process %s (%s)", pid, strings.TrimSpace(string(name)))
	}
	return "process " + pid
}

// clusterMajor returns the version that made data/, or 0 when it is not there.
func (l layout) clusterMajor() (int, error) {
	b, err := os.ReadFile(filepath.Join(l.data, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		if entries, err := os.ReadDir(l.data); err == nil && len(entries) > 0 {
			return 0, &Error{
				Message: l.data + " is not a database cluster: it has files but no PG_VERSION",
				Hint:    "choose another data directory, or restore this one from its backup",
			}
		}
		return 0, nil
	}
	if err != nil {
		return 0, fileError("read the cluster's version", l.dir, err)
	}
	n := leadingNumber(string(b))
	if n == 0 {
		return 0, &Error{
			Message: fmt.Sprintf("%s: PG_VERSION holds no version", l.data),
			Hint:    "restore the cluster from its backup",
		}
	}
	return n, nil
}

// socketFits tells whether a socket in dir has a path that the kernel takes.
func socketFits(dir string) bool {
	return len(filepath.Join(dir, socketName)) <= 107
}

// shortSocketDir makes a private directory with a short path, the same one
// for the same dir each time.
func shortSocketDir(dir string, owner account) (string, error) {
	sum := sha256.Sum256([]byte(dir))
	name := fmt.Sprintf("ciiscan-%d-%s", os.Geteuid(), hex.EncodeToString(sum[:6]))
	path := filepath.Join(os.TempDir(), name)
	if !socketFits(path) {
		path = filepath.Join("/tmp", name)
	}
	if err := os.Mkdir(path, 0o700); err == nil {
		err = os.Chown(path, owner.uid, owner.gid)
		if err != nil {
			return "", fileError("make a directory for the socket", path, err)
		}
	} else if !errors.Is(err, os.ErrExist) {
		return "", fileError("make a directory for the socket", path, err)
	}
	// Anybody can make it before us in a directory open to all, to listen in.
	info, err := os.Lstat(path)
	if err != nil {
		return "", fileError("make a directory for the socket", path, err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(st.Uid) != owner.uid || info.Mode().Perm() != 0o700 {
		return "", &Error{
			Message: fmt.Sprintf("%s is not a private directory of %s", path, owner.name),
			Hint:    "remove it, or choose a data directory with a shorter path",
		}
	}
	return path, nil
}
