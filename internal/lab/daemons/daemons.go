// Package daemons runs real servers from Debian's packages for the lab: each
// with a configuration of its own in a directory of its own, as the user who
// runs the lab, and with nothing of the system's configuration or services
// read, changed or started.
package daemons

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// A recipe prepares a directory and returns the command that serves at an
// address until it is stopped.
type recipe func(dir string, at netip.AddrPort, names []string) ([]string, error)

// recipes names every server. To add one, write its recipe and a line here,
// then give it a place in the lab's truth.
func recipes() map[string]recipe {
	return map[string]recipe{
		"nginx-git":          nginx(nginxGit),
		"nginx-listing":      nginx(nginxListing),
		"nginx-plain":        nginx(nginxPlain),
		"nginx-default":      nginx(nginxDefault),
		"nginx-vhosts":       nginx(nginxVirtualHosts),
		"nginx-vhosts-fixed": nginx(nginxVirtualHostsFixed),
		"redis-open":         redis(),
		"redis-secured":      redis("--requirepass", "not-the-default-4711"),
		"vsftpd-open":        vsftpd(true),
		"vsftpd-secured":     vsftpd(false),
		"mosquitto-open":     mosquitto(true),
		"mosquitto-secured":  mosquitto(false),
		"memcached-open":     memcached,
		"rsync-open":         rsync(true),
		"rsync-secured":      rsync(false),
		"snmp-public":        snmp("public"),
		"snmp-secured":       snmp("k7-not-guessable"),
	}
}

// Kinds lists the names that Start knows, sorted.
func Kinds() []string {
	var names []string
	for name := range recipes() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// packages maps the programs that the recipes run to Debian's packages.
func packages() map[string]string {
	return map[string]string{
		"nginx": "nginx-light", "redis-server": "redis-server", "vsftpd": "vsftpd",
		"mosquitto": "mosquitto", "memcached": "memcached", "rsync": "rsync", "snmpd": "snmpd",
		"ip": "iproute2", "nft": "nftables",
	}
}

// Missing lists the Debian packages that the lab needs and this machine lacks.
func Missing() []string {
	var missing []string
	for program, pkg := range packages() {
		if _, err := lookPath(program); err != nil {
			missing = append(missing, pkg)
		}
	}
	slices.Sort(missing)
	return missing
}

// A Daemon is a running server.
type Daemon struct {
	name string
	cmd  *exec.Cmd
	log  string
	gone chan struct{}
	err  error // of Wait; read after gone is closed
}

// Start runs the named server at an address, keeping its files below dir,
// which must not exist yet.
func Start(name string, at netip.AddrPort, dir string, names []string) (*Daemon, error) {
	prepare, ok := recipes()[name]
	if !ok {
		return nil, fmt.Errorf("start daemon %q: unknown name", name)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	args, err := prepare(dir, at, names)
	if err != nil {
		return nil, fmt.Errorf("prepare %s: %w", name, err)
	}
	program, err := lookPath(args[0])
	if err != nil {
		return nil, fmt.Errorf("start %s: %w (Debian package %s)", name, err, packages()[args[0]])
	}
	d := &Daemon{name: name, log: filepath.Join(dir, "output.log"), gone: make(chan struct{})}
	output, err := os.Create(d.log)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer output.Close()
	d.cmd = exec.Command(program, args[1:]...)
	d.cmd.Dir = dir
	d.cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + dir, "TMPDIR=" + dir, "SNMP_PERSISTENT_DIR=" + dir}
	d.cmd.Stdout, d.cmd.Stderr = output, output
	// A group of its own, so that stopping it stops its children; and never
	// without the lab.
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := d.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		d.err = d.cmd.Wait()
		close(d.gone)
	}()
	return d, nil
}

// Exited returns why the daemon ended by itself, with the end of what it
// printed, or nil while it runs.
func (d *Daemon) Exited() error {
	select {
	case <-d.gone:
	default:
		return nil
	}
	said, err := os.ReadFile(d.log)
	if err != nil {
		said = []byte(err.Error())
	}
	return fmt.Errorf("%s ended (%w): %s", d.name, errors.Join(d.err, errors.New("by itself")), said[max(0, len(said)-500):])
}

// Close stops the daemon and its children, within five seconds.
func (d *Daemon) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	group := -d.cmd.Process.Pid
	_ = syscall.Kill(group, syscall.SIGTERM)
	select {
	case <-d.gone:
	case <-ctx.Done():
	}
	_ = syscall.Kill(group, syscall.SIGKILL) // what is left of the group
	<-d.gone
	return nil
}

// lookPath also finds what lies where ordinary users do not look.
func lookPath(program string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin", "/sbin", "/usr/local/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed", program)
}
