package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/internal/lab/control"
	"github.com/ciiscan/ciiscan/internal/lab/netns"
)

// asLabd makes this test binary be labd, asInside makes it the scanner's side.
const (
	asLabd   = "LAB_TEST_AS_LABD"
	asInside = "LAB_TEST_INSIDE"
)

func TestMain(m *testing.M) {
	if os.Getenv(asLabd) != "" && len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-test.") {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestLab brings the whole lab up in a namespace of its own and looks at it
// from there: this test runs itself again inside.
func TestLab(t *testing.T) {
	if os.Getenv(asInside) != "" {
		t.Run("inside", lookFromInside)
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := netns.Allowed(ctx); err != nil {
		t.Fatal(err)
	}
	cmd := netns.Command(ctx, os.Args[0], "-test.run=^TestLab$", "-test.v")
	cmd.Env = append(os.Environ(), asInside+"=1", asLabd+"=1")
	cmd.WaitDelay = 10 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("inside: %v\n%s", err, out)
	}
}

func lookFromInside(t *testing.T) {
	dir := t.TempDir()
	labd := exec.CommandContext(t.Context(), os.Args[0], "run", "--dir", dir, "--for", "2m", "--with-parent")
	labd.Stderr = os.Stderr
	labd.Cancel = func() error { return labd.Process.Signal(os.Interrupt) }
	labd.WaitDelay = 20 * time.Second
	said, err := labd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := labd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	if err != nil || !strings.Contains(line, "hosts are up") {
		t.Fatalf("labd says %q, %v", line, err)
	}
	ask := control.Dial(dir)

	t.Run("before repairs", func(t *testing.T) {
		wantAnswer(t, "198.51.100.10:80", "GET /.git/HEAD HTTP/1.0\r\n\r\n", "refs/heads/main")
		wantAnswer(t, "198.51.100.13:6379", "PING\r\n", "+PONG")
		wantAnswer(t, "198.51.100.14:21", "USER anonymous\r\n", "230")
		wantAnswer(t, "203.0.113.17:11211", "version\r\nquit\r\n", "VERSION")
		wantAnswer(t, "198.51.100.21:873", "@RSYNCD: 31.0\n#list\n", "backup")
		wantAnswer(t, "198.51.100.28:873", "", "") // nothing there
		wantAnswer(t, "203.0.113.28:873", "@RSYNCD: 31.0\n#list\n", "@RSYNCD: EXIT")
		wantAnswer(t, "[2001:db8:20::11]:6379", "PING\r\n", "+PONG")
		wantAnswer(t, "203.0.113.18:1883", "\x10\x13\x00\x04MQTT\x04\x02\x00\x0a\x00\x07ciiscan", "\x20\x02\x00\x00")
		wantAnswer(t, "203.0.113.23:1883", "\x10\x13\x00\x04MQTT\x04\x02\x00\x0a\x00\x07ciiscan", "\x20\x02\x00\x05")
		wantAnswer(t, "198.51.100.64:502", "\x43\x49\x00\x00\x00\x05\xff\x2b\x0e\x01\x00", "Schneider Electric")
	})
	t.Run("repairs", func(t *testing.T) {
		for _, fix := range []string{"energy-git", "energy-redis", "energy-redis"} {
			if err := ask.Fix(t.Context(), fix); err != nil {
				t.Fatalf("fix %s: %v", fix, err)
			}
		}
		wantAnswer(t, "198.51.100.10:80", "GET /.git/HEAD HTTP/1.0\r\n\r\n", "404")
		wantAnswer(t, "198.51.100.13:6379", "", "")
		if err := ask.Fix(t.Context(), "no-such"); err == nil {
			t.Error("fix of an unknown repair gave no error")
		}
	})
	t.Run("names", resolveFromInside)
	t.Run("filtered", func(t *testing.T) {
		conn, err := net.DialTimeout("tcp", "198.51.100.26:6379", time.Second)
		if err == nil {
			conn.Close()
			t.Error("the filtered port accepts")
		}
	})
	t.Run("neighbours", func(t *testing.T) { countNeighbours(t, ask) })
	t.Run("stop", func(t *testing.T) {
		if err := ask.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := labd.Wait(); err != nil {
			t.Errorf("labd ended: %v", err)
		}
		if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "ciiscan-lab-*")); len(left) != 0 {
			t.Logf("other labs run: %q", left)
		}
	})
}

// wantAnswer sends a question to an address and looks for a text in what
// comes back; an empty text means that nothing must listen.
func wantAnswer(t *testing.T, at, question, want string) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", at, time.Second)
	if want == "" {
		if err == nil {
			conn.Close()
			t.Errorf("%s accepts, want nothing there", at)
		}
		return
	}
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(conn, question); err != nil {
		t.Errorf("%s: %v", at, err)
		return
	}
	var got []byte
	buf := make([]byte, 4096)
	for !bytes.Contains(got, []byte(want)) {
		n, err := conn.Read(buf)
		got = append(got, buf[:n]...)
		if err != nil {
			break
		}
	}
	if !bytes.Contains(got, []byte(want)) {
		t.Errorf("%s answers %q, want %q in it", at, got, want)
	}
}

func resolveFromInside(t *testing.T) {
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, netip.AddrPortFrom(lab.Country().NameServer, 53).String())
	}}
	lookup := func(name string) string {
		addrs, err := resolver.LookupHost(t.Context(), name)
		if err != nil {
			return err.Error()
		}
		return strings.Join(addrs, " ")
	}
	if got, want := lookup("portal.northgrid.example"), "192.0.2.80"; got != want {
		t.Errorf("portal is at %s, want %s", got, want)
	}
	if got := lookup("both.meridian.example"); !strings.Contains(got, "203.0.113.63") || !strings.Contains(got, "2001:db8:99::1") {
		t.Errorf("both is at %s, want one address inside and one outside", got)
	}
	first := lookup("rebind.meridian.example")
	time.Sleep(1500 * time.Millisecond)
	if then := lookup("rebind.meridian.example"); first != "203.0.113.62" || then != "203.0.113.200" {
		t.Errorf("the rebinding name is at %s, then at %s", first, then)
	}
	if txt, err := resolver.LookupTXT(t.Context(), "_dmarc.meridian.example"); err != nil || !strings.HasPrefix(strings.Join(txt, ""), "v=DMARC1") {
		t.Errorf("DMARC of the bank is %q, %v", txt, err)
	}
}

// countNeighbours shows that the counts rise with one packet to a port on
// which nothing listens, and with one visitor led astray.
func countNeighbours(t *testing.T, ask control.Client) {
	s, err := ask.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Untouched(); err != nil {
		t.Errorf("before anybody came: %v", err)
	}
	if s.Sick != "" {
		t.Errorf("servers ended: %s", s.Sick)
	}
	if conn, err := net.DialTimeout("tcp", "192.0.2.81:4444", time.Second); err == nil {
		conn.Close()
	}
	client := http.Client{Timeout: 3 * time.Second}
	if resp, err := client.Get("http://198.51.100.45/"); err == nil {
		resp.Body.Close()
	}
	time.Sleep(300 * time.Millisecond) // the counter reads behind the wire
	s, err = ask.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	told := ""
	if err := s.Untouched(); err != nil {
		told = err.Error()
	}
	for _, want := range []string{"192.0.2.81, which nobody may scan, got 1 packets and 0 connections", "203.0.113.200"} {
		if !strings.Contains(told, want) {
			t.Errorf("after two visits Untouched() = %q, want %q in it", told, want)
		}
	}
}
