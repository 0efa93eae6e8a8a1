package daemons

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
)

func redis(more ...string) recipe {
	return func(dir string, at netip.AddrPort, _ []string) ([]string, error) {
		return append([]string{
			"redis-server", "--bind", at.Addr().String(), "--port", port(at), "--dir", dir,
			"--save", "", "--appendonly", "no", "--protected-mode", "no", "--daemonize", "no", "--maxmemory", "16mb",
		}, more...), nil
	}
}

func memcached(_ string, at netip.AddrPort, _ []string) ([]string, error) {
	return []string{"memcached", "-l", at.Addr().String(), "-p", port(at), "-U", "0", "-m", "16", "-c", "64", "-t", "1"}, nil
}

func mosquitto(open bool) recipe {
	return func(dir string, at netip.AddrPort, _ []string) ([]string, error) {
		conf := fmt.Sprintf("listener %s %s\nallow_anonymous %t\npersistence false\nlog_dest stdout\nlog_type error\n", port(at), at.Addr(), open)
		return withConfig(dir, conf, "mosquitto", "-c")
	}
}

// vsftpd serves an empty directory, as the user who runs it: the name of
// another is only looked up, never taken on. The secured one knows local users only,
// and as it cannot ask for their passwords, nobody gets in.
func vsftpd(anonymous bool) recipe {
	return func(dir string, at netip.AddrPort, _ []string) ([]string, error) {
		root := filepath.Join(dir, "files")
		if err := os.Mkdir(root, 0o555); err != nil {
			return nil, err
		}
		listen := fmt.Sprintf("listen=YES\nlisten_address=%s\n", at.Addr())
		if at.Addr().Is6() {
			listen = fmt.Sprintf("listen=NO\nlisten_ipv6=YES\nlisten_address6=%s\n", at.Addr())
		}
		conf := listen + fmt.Sprintf("listen_port=%s\nbackground=NO\nrun_as_launching_user=YES\nseccomp_sandbox=NO\n"+
			"anonymous_enable=%s\nlocal_enable=%s\nftp_username=nobody\nno_anon_password=YES\nanon_root=%s\nsecure_chroot_dir=%s\nwrite_enable=NO\n"+
			"max_clients=20\nidle_session_timeout=60\n",
			port(at), yes(anonymous), yes(!anonymous), root, root)
		name := filepath.Join(dir, "vsftpd.conf")
		if err := os.WriteFile(name, []byte(conf), 0o600); err != nil {
			return nil, err
		}
		return []string{"vsftpd", name}, nil
	}
}

// rsync offers a module; the secured one neither lists it nor opens it
// without a password.
func rsync(open bool) recipe {
	return func(dir string, at netip.AddrPort, _ []string) ([]string, error) {
		module := "[backup]\npath = " + dir + "\ncomment = nightly backup of the metering system\nread only = yes\n"
		if !open {
			module += "list = no\nauth users = backup\nsecrets file = " + filepath.Join(dir, "secrets") + "\n"
		}
		if err := os.WriteFile(filepath.Join(dir, "secrets"), []byte("backup:not-the-default-4711\n"), 0o600); err != nil {
			return nil, err
		}
		args, err := withConfig(dir, "use chroot = no\nmax connections = 20\ntimeout = 60\nlog file = "+filepath.Join(dir, "rsync.log")+"\n"+module,
			"rsync", "--daemon", "--no-detach", "--address", at.Addr().String(), "--port", port(at), "--config")
		return args, err
	}
}

// snmp tells who it is to those who know the community.
func snmp(community string) recipe {
	return func(dir string, at netip.AddrPort, _ []string) ([]string, error) {
		conf := fmt.Sprintf("rocommunity %s\nrocommunity6 %s\nsysDescr Feeder terminal unit, firmware 4.2\nsysName ftu-3\nsysLocation substation 7\n", community, community)
		transport := "udp:"
		if at.Addr().Is6() {
			transport = "udp6:"
		}
		args, err := withConfig(dir, conf, "snmpd", "-f", "-Lo", "-I", "-smux", "-C", "-c")
		return append(args, transport+at.String()), err
	}
}

// withConfig writes a configuration file and appends its name to the command.
func withConfig(dir, text string, command ...string) ([]string, error) {
	name := filepath.Join(dir, "daemon.conf")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return append(command, name), nil
}

func port(at netip.AddrPort) string { return fmt.Sprint(at.Port()) }

func yes(b bool) string {
	if b {
		return "YES"
	}
	return "NO"
}

// writeFiles writes small files below dir, making the directories they need.
func writeFiles(dir string, files map[string]string) error {
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(strings.TrimPrefix(text, "\n")), 0o644); err != nil {
			return err
		}
	}
	return nil
}
