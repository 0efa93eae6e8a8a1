package cycle

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDiskFull fills the disk under a running scan, and makes room again.
// What was learnt meanwhile is not lost, and nothing is half stored.
func TestDiskFull(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may mount a disk that is small enough to be filled")
	}
	if !alone(t) || !withMounts(t) {
		return
	}
	in := newInstallation(t, office(t))
	data := in.CLI.Places.Data()
	if err := os.Mkdir(data, 0o711); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", data, "tmpfs", 0, "size=192m,mode=0711"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(data, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	up := in.up()
	in.register()
	s := in.startScan("standard")
	in.awaitPackets(300)
	filler := filepath.Join(data, "filler")
	fill(t, filler)
	eventually(t, "a result that cannot be stored", time.Minute, func() bool {
		return strings.Contains(up.said(), "result not stored, trying again")
	})
	time.Sleep(5 * time.Second) // it tries again in vain
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	in.wantUndisturbed(in.await(s.ID, 3*time.Minute))
}

// fill writes a file until there is no room for more.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = io.WriteString(f, strings.Repeat("x", size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}

// mountsVariable marks the process whose mounts nobody else sees.
const mountsVariable = "CIISCAN_TEST_MOUNTS"

// withMounts runs the calling test once more, in a process whose mounts are
// its own and end with it, and reports whether this is that process.
func withMounts(t *testing.T) bool {
	t.Helper()
	if os.Getenv(mountsVariable) != "" {
		if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
			t.Fatal(err)
		}
		return true
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], os.Args[1:]...)
	cmd.Env = append(os.Environ(), mountsVariable+"=1")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Run(); err != nil {
		t.Errorf("with mounts of its own: %v", err)
	}
	return false
}
