package provider

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab/strangers"
)

// sharedTools holds the scripts that call the reference validator.
const sharedTools = "../../../shared/tools/csaf"

// validator starts the reference validator behind an HTTP address, which
// csaf_checker asks about each document. It returns "" when it is not here.
func validator(t *testing.T) string {
	t.Helper()
	shim, err := os.ReadFile(filepath.Join(sharedTools, "shim.mjs"))
	if err != nil {
		t.Log("without the reference validator: its script is not here")
		return ""
	}
	dir := strangers.Found(t, strangers.Validator)
	script := filepath.Join(dir, fmt.Sprintf("shim-%d.mjs", os.Getpid()))
	if err := os.WriteFile(script, shim, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	cmd := exec.Command("node", script, port)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		strangers.Absent(t, "node does not start: %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		os.Remove(script)
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.Contains(line, "listening") {
		t.Fatalf("the validator says %q, %v", line, err)
	}
	go io.Copy(io.Discard, out)
	return "http://127.0.0.1:" + port
}

// A verdict is what the strangers' programs said of a provider.
type verdict struct {
	passed   bool
	messages map[int][]string // warnings and errors by number of requirement
	infos    map[int][]string
	got      int // documents downloaded
	problems []string
	dir      string // of what was downloaded
}

func (v *verdict) problem(format string, args ...any) {
	v.problems = append(v.problems, fmt.Sprintf(format, args...))
}

// judge runs csaf_checker and csaf_downloader as somebody with given
// arguments. Both end with success whatever they find, so that everything is
// read from what they write.
func judge(t *testing.T, bin, validator, address string, auth ...string) verdict {
	t.Helper()
	v := verdict{messages: map[int][]string{}, infos: map[int][]string{}, dir: t.TempDir()}
	args := append([]string{"--insecure"}, auth...)
	if validator != "" {
		args = append(args, "--validator="+validator, "--validator_preset=extended")
	}
	report := filepath.Join(v.dir, "report.json")
	run(t, bin+"/csaf_checker", append(args, "-o", report, address)...)
	found, err := strangers.ReadJudgement(report)
	if err != nil {
		t.Fatal(err)
	}
	if found.Role != "csaf_trusted_provider" || len(found.Requirements) < 20 {
		v.problem("is not judged as a trusted provider: %+v", found)
		return v
	}
	v.passed = found.Passed
	for _, q := range found.Requirements {
		for _, m := range q.Messages {
			if m.Faults() || m.Type > 0 && validator != "" {
				v.messages[q.Num] = append(v.messages[q.Num], m.Text)
				v.problem("requirement %d: %s", q.Num, m.Text)
			} else {
				v.infos[q.Num] = append(v.infos[q.Num], m.Text)
			}
		}
	}
	if !v.passed {
		v.problem("has not passed")
	}
	if !strings.Contains(fmt.Sprint(v.infos[20]), "1 public OpenPGP key(s) loaded") {
		v.problem("no key was loaded, so no signature was verified")
	}
	v.download(t, bin, address, auth)
	return v
}

func (v *verdict) download(t *testing.T, bin, address string, auth []string) {
	t.Helper()
	run(t, bin+"/csaf_downloader", append(append([]string{"--insecure", "--trusted_only", "-d", v.dir}, auth...), address)...)
	fetched, faults, err := strangers.ReadDownloads(filepath.Join(v.dir, "downloader.log"))
	if err != nil {
		t.Fatal(err)
	}
	v.got = fetched
	for _, f := range faults {
		v.problem("downloader: %s", f)
	}
}

// checkSignatures lets GnuPG and Sequoia verify every document that was
// downloaded, by a pinned fingerprint, and coreutils the hashes.
func (v *verdict) checkSignatures(t *testing.T, s *site) int {
	t.Helper()
	home, err := os.MkdirTemp("", "gpg") // its socket's path may have 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	key := filepath.Join(home, "key.asc")
	if err := os.WriteFile(key, []byte(s.signer.PublicKey()), 0o600); err != nil {
		t.Fatal(err)
	}
	gpg := func(args ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "gpg", append([]string{"--batch", "--no-tty", "--homedir", home, "--status-fd", "1"}, args...)...).Output()
		return string(out), err
	}
	if _, err := gpg("--import", key); err != nil {
		t.Fatalf("gpg --import: %v", err)
	}
	t.Cleanup(func() { exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() })
	signed := 0
	err = filepath.WalkDir(v.dir, func(path string, _ os.DirEntry, err error) error {
		doc, isSig := strings.CutSuffix(path, ".asc")
		if err != nil || !isSig {
			return err
		}
		signed++
		if out, err := gpg("--verify", path, doc); err != nil || !strings.Contains(out, "[GNUPG:] VALIDSIG "+s.signer.Fingerprint()) {
			v.problem("gpg does not verify %s: %v %s", doc, err, out)
		}
		if out, err := exec.CommandContext(t.Context(), "sqv", "--keyring", key, path, doc).Output(); err != nil || !strings.Contains(string(out), s.signer.Fingerprint()) {
			v.problem("sqv does not verify %s: %v %s", doc, err, out)
		}
		for _, tool := range []string{"sha256", "sha512"} {
			cmd := exec.CommandContext(t.Context(), tool+"sum", "--status", "-c", doc+"."+tool)
			cmd.Dir = filepath.Dir(doc)
			if err := cmd.Run(); err != nil {
				v.problem("%s of %s: %v", tool, doc, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = t.TempDir() // it may look for a configuration where it stands
	cmd.Env = append(os.Environ(), "HOME="+cmd.Dir)
	cmd.WaitDelay = time.Minute
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(name), err, out)
	}
}

// need skips or fails when a program is not installed.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			strangers.Absent(t, "%s is not installed", p)
		}
	}
}

// changesTell compares changes.csv with the documents, which csaf_checker
// does not for paths as the standard wants them.
func (v *verdict) changesTell(s *site) {
	for line := range strings.Lines(s.get("", root+"white/changes.csv").body) {
		path, at, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(line), `"`, ""), ",")
		var doc struct {
			Document struct {
				Tracking struct {
					Current string `json:"current_release_date"`
				} `json:"tracking"`
			} `json:"document"`
		}
		res := s.get("", root+"white/"+path)
		if res.status != http.StatusOK || json.Unmarshal([]byte(res.body), &doc) != nil || at != doc.Document.Tracking.Current {
			v.problem("changes.csv says %s of %s, which says %s", at, path, doc.Document.Tracking.Current)
		}
	}
}
