package drive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Root's PostgreSQL runs as another user, who has to pass every folder on the
// way to the data. Below a closed one, such as /root, the data is put
// elsewhere, and its place in the folder is a symbolic link.
const (
	dataName = "data"
	outside  = "/var/tmp"
)

// Empty makes the folder anew.
func (p Places) Empty() error {
	if err := errors.Join(p.removeOutside(), os.RemoveAll(p.Dir)); err != nil {
		return fmt.Errorf("remove what the last run left: %w", err)
	}
	if err := os.MkdirAll(p.Dir, 0o755); err != nil {
		return fmt.Errorf("make %s: %w", p.Dir, err)
	}
	if os.Geteuid() != 0 || othersMayEnter(p.Dir) {
		return nil // the installation makes its data folder
	}
	dir, err := os.MkdirTemp(outside, "ciiscan-"+filepath.Base(p.Dir)+"-")
	if err != nil {
		return fmt.Errorf("make a data folder: %w", err)
	}
	if err := errors.Join(os.Chmod(dir, 0o711), os.Symlink(dir, p.Data())); err != nil {
		return fmt.Errorf("make a data folder: %w", err)
	}
	return nil
}

// dataAt is where the data really is.
func (p Places) dataAt() string {
	if there, err := os.Readlink(p.Data()); err == nil {
		return there
	}
	return p.Data()
}

// removeOutside removes data that was put elsewhere.
func (p Places) removeOutside() error {
	there, err := os.Readlink(p.Data())
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.EINVAL): // no data, or in the folder
		return nil
	case err != nil:
		return fmt.Errorf("remove data put elsewhere: %w", err)
	}
	if filepath.Dir(there) != outside {
		return fmt.Errorf("remove %s: it leads to %s, where no run puts its data", p.Shown(p.Data()), there)
	}
	return errors.Join(os.RemoveAll(there), os.Remove(p.Data()))
}

// othersMayEnter tells whether every folder from / to dir lets everybody pass.
func othersMayEnter(dir string) bool {
	for ; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || info.Mode()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}
