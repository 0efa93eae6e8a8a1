package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/internal/lab/strangers"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// TestCheckers lets the programs with which others read providers judge ours,
// as nobody and as two peers, one with a certificate, one with a key.
func TestCheckers(t *testing.T) {
	need(t, "gpg", "sqv", "sha256sum", "sha512sum")
	bin, valid := strangers.Found(t, strangers.Gocsaf), validator(t)
	for _, c := range []struct{ public, first, second int }{{1, 0, 0}, {20, 12, 18}} {
		s := newSite(t, nil, nil)
		s.fill(c.public, c.first, c.second)
		for _, who := range s.callers() {
			want := c.public + map[exchange.TeamID]int{"TEAM-1": c.first, "TEAM-2": c.second}[who.team]
			t.Run(fmt.Sprintf("%d of %d for %s", want, c.public+c.first+c.second, who.name), func(t *testing.T) {
				v := judge(t, bin, valid, s.url+root+"provider-metadata.json", who.auth...)
				if n := v.checkSignatures(t, s); v.got != want || n != want {
					t.Errorf("got %d documents, %d signed, want %d", v.got, n, want)
				}
				v.changesTell(s)
				if len(v.problems) > 0 {
					t.Errorf("not clean:\n%s", strings.Join(v.problems, "\n"))
				}
				if valid != "" {
					s.strictly(t, bin, valid, want, who.auth)
				}
			})
		}
	}
}

// strictly runs the gate that was written before this provider was.
func (s *site) strictly(t *testing.T, bin, valid string, want int, auth []string) {
	t.Helper()
	script, err := filepath.Abs(filepath.Join(sharedTools, "csaf_strict.sh"))
	if err != nil {
		t.Fatal(err)
	}
	need(t, "bash", "jq", "curl")
	args := append([]string{script, s.url + root + "provider-metadata.json", fmt.Sprint(want), s.signer.Fingerprint()}, auth...)
	cmd := exec.CommandContext(t.Context(), "bash", args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "CSAF_BIN="+bin, "VALIDATOR="+valid)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), fmt.Sprintf("OK %d docs, key %s", want, s.signer.Fingerprint())) {
		t.Errorf("csaf_strict.sh: %v\n%s", err, out)
	}
}

type caller struct {
	name string
	team exchange.TeamID
	auth []string
}

func (s *site) callers() []caller {
	cert, key := writePeerCert(s.t)
	return []caller{
		{"nobody", "", nil},
		{"a peer with a certificate", "TEAM-1", []string{"--client_cert=" + cert, "--client_key=" + key}},
		{"a peer with a key", "TEAM-2", []string{"-H", "X-Api-Key: key of TEAM-2"}},
	}
}

// With nothing released csaf_checker cannot pass a provider: it demands a feed
// with something in it. It must find just that, and nothing else.
func TestCheckersOfNothing(t *testing.T) {
	bin := strangers.Found(t, strangers.Gocsaf)
	s := newSite(t, nil, nil)
	for _, who := range s.callers() {
		v := judge(t, bin, "", s.url+root+"provider-metadata.json", who.auth...)
		for num, texts := range v.messages {
			for _, text := range texts {
				if !emptiness.MatchString(text) {
					t.Errorf("%s: requirement %d: %s", who.name, num, text)
				}
			}
		}
		if v.got != 0 || strings.Contains(strings.Join(v.problems, "\n"), "downloader:") {
			t.Errorf("%s: %d documents of none: %v", who.name, v.got, v.problems)
		}
	}
}

// emptiness is what csaf_checker says because there is no document.
var emptiness = regexp.MustCompile(`^(No entries in https\S+white\.json|One ROLIE feed with a TLP:WHITE.* must exist, but none were found\.|` +
	`No checks performed on whether files are within the right folders\.|index\.txt contains no URLs|no entries in changes\.csv found|` +
	`No checks on the existence of ROLIE category documents performed\.)$`)

// Given a domain only, a reader finds the way by security.txt.
func TestDiscovery(t *testing.T) {
	bin := strangers.Found(t, strangers.Gocsaf)
	s := newSite(t, nil, nil)
	s.fill(1, 0, 0)
	v := judge(t, bin, "", strings.TrimPrefix(s.url, "https://"))
	for num, want := range map[int]string{8: "Found valid security.txt within the well-known directory", 9: "Found /.well-known/csaf/provider-metadata.json"} {
		if !slices.Contains(v.infos[num], want) {
			t.Errorf("requirement %d: %v %v", num, v.infos[num], v.messages[num])
		}
	}
	if !v.passed || v.got != 1 {
		t.Errorf("passed %v with %d documents:\n%s", v.passed, v.got, strings.Join(v.problems, "\n"))
	}
	delete(v.messages, 10) // csaf.data.security.localhost is nowhere
	if len(v.messages) > 0 {
		t.Errorf("messages = %v", v.messages)
	}
}

// TestTampering spoils what a reader gets, in each of the known ways, and sees
// that the judges of TestCheckers would have noticed.
func TestTampering(t *testing.T) {
	bin := strangers.Found(t, strangers.Gocsaf)
	for _, c := range []struct {
		reason string
		want   []int // requirements in which it must be noticed
		words  string
		path   string // that is spoilt, as regular expression
		spoil  func(body []byte) []byte
	}{
		{"nothing", nil, "", `^$`, nil},
		{"document changed", []int{18, 19}, "", `adv-1\.json$`, replace("Set a password", "Set no password")},
		{"hash changed", []int{18}, "", `adv-1\.json\.sha512$`, func(b []byte) []byte { return append([]byte("00"), b[2:]...) }},
		{"signature missing", []int{19}, "", `adv-1\.json\.asc$`, nil},
		{"id is not the file's name", []int{2}, "", `adv-1\.json$`, replace(`"ADV-1"`, `"ADV-7"`)},
		{"key missing", []int{20}, "", `/openpgp/`, nil},
		{"document is labelled AMBER", []int{5, 15}, "", `adv-1\.json$`, replace(`"WHITE"`, `"AMBER"`)},
		{"no hashes in the feed", []int{15}, "", `csaf-feed-tlp-white\.json$`, replace(`"rel": "hash"`, `"rel": "related"`)},
		{"no signature in the feed", []int{15}, "", `csaf-feed-tlp-white\.json$`, replace(`"rel": "signature"`, `"rel": "related"`)},
		{"a member of Atom that CSAF does not name", []int{7}, "", `csaf-feed-tlp-white\.json$`, replace(`"updated"`, `"generator": "x", "updated"`)},
		{"wrong folder", []int{11}, "", `adv-1\.json$`, replace(`"initial_release_date": "2025`, `"initial_release_date": "2024`)},
		{"feed lacks an entry", []int{15}, "", `csaf-feed-tlp-white\.json$`, withoutLastEntry},
		{"index lacks a line", []int{12}, "", `index\.txt$`, replace("2025/adv-1.json\n", "")},
		{"wrong date in changes.csv", nil, "changes.csv says", `changes\.csv$`, replace(`"2025-12-31T20:40:00Z"`, `"2025-12-31T20:39:00Z"`)},
		{"no service document", []int{16}, "", `service\.json$`, nil},
		{"no categories", []int{17}, "", `category-white\.json$`, nil},
		{"no keys announced", nil, "no key was loaded", `provider-metadata\.json$`, func(b []byte) []byte {
			return regexp.MustCompile(`(?s)"public_openpgp_keys": \[.*?\]`).ReplaceAll(b, []byte(`"public_openpgp_keys": []`))
		}},
		{"another fingerprint announced", []int{20}, "", `provider-metadata\.json$`, func(b []byte) []byte {
			return regexp.MustCompile(`"fingerprint": "....`).ReplaceAll(b, []byte(`"fingerprint": "0000`))
		}},
	} {
		t.Run(c.reason, func(t *testing.T) {
			at := regexp.MustCompile(c.path)
			s := newSite(t, nil, func(h http.Handler) http.Handler { return spoiler(h, at, c.spoil) })
			s.fill(2, 0, 0)
			v := judge(t, bin, "", s.url+root+"provider-metadata.json")
			v.changesTell(s)
			for _, num := range c.want {
				if len(v.messages[num]) == 0 {
					t.Errorf("nothing said of requirement %d", num)
				}
			}
			problems := strings.Join(v.problems, "\n")
			if !strings.Contains(problems, c.words) || (len(c.want) > 0 || c.words != "") != (problems != "") {
				t.Errorf("problems:\n%s", problems)
			}
			if _, err := os.Stat(filepath.Join(v.dir, "failed_validation/white/2025/adv-1.json")); c.reason == "document changed" && err != nil {
				t.Errorf("csaf_downloader did not set the changed document aside: %v", err)
			}
		})
	}
}

func replace(old, with string) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(old), []byte(with)) }
}

func withoutLastEntry(b []byte) []byte {
	var f feedDoc
	if json.Unmarshal(b, &f) != nil {
		return nil
	}
	f.Feed.Entry = f.Feed.Entry[:1]
	b, _ = json.Marshal(f)
	return b
}

// spoiler changes what h answers at some paths; without a change it is gone.
func spoiler(h http.Handler, at *regexp.Regexp, change func([]byte) []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !at.MatchString(r.URL.Path) {
			h.ServeHTTP(w, r)
			return
		}
		if change == nil {
			http.NotFound(w, r)
			return
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
		w.WriteHeader(rec.Code)
		w.Write(change(rec.Body.Bytes()))
	})
}

// An aggregator mirrors what is public, when it may, and nothing else.
func TestAggregator(t *testing.T) {
	bin := strangers.Found(t, strangers.Gocsaf)
	for _, mirror := range []bool{true, false} {
		s := newSite(t, func(o *Options) { o.Mirror = mirror }, nil)
		s.fill(3, 2, 2)
		dir := t.TempDir()
		config := filepath.Join(dir, "aggregator.toml")
		text := fmt.Sprintf(`
workers = 2
folder = "%[1]s/work"
lock_file = "%[1]s/lock"
web = "%[1]s/html"
domain = "https://aggregator.example"
insecure = true
allow_single_provider = true
[aggregator]
category = "aggregator"
name = "Example aggregator"
contact_details = "some@aggregator.example"
issuing_authority = "none"
namespace = "https://aggregator.example"
[[providers]]
name = "cert"
domain = "%[2]s%[3]sprovider-metadata.json"
`, dir, s.url, root)
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), bin+"/csaf_aggregator", "-c", config)
		out, err := cmd.CombinedOutput()
		found, _ := filepath.Glob(filepath.Join(dir, "html/.well-known/csaf-aggregator/cert/*/*/adv-*.json"))
		var got []string
		for _, f := range found {
			got = append(got, filepath.Base(f))
		}
		want := map[bool][]string{true: {"adv-1.json", "adv-2.json", "adv-3.json"}}[mirror]
		if slices.Sort(got); !slices.Equal(slices.Compact(got), want) {
			t.Errorf("with mirror %v it has %v, want %v (%v)\n%s", mirror, got, want, err, out)
		}
	}
}

// What csaf_downloader keeps for a peer lies in folders by label.
func TestDownloadedByLabel(t *testing.T) {
	bin := strangers.Found(t, strangers.Gocsaf)
	s := newSite(t, nil, nil)
	s.release("", advisory.Clear)
	s.release("TEAM-2", advisory.AmberStrict)
	v := judge(t, bin, "", s.url+root+"provider-metadata.json", "-H", "X-Api-Key: key of TEAM-2")
	for _, path := range []string{"white/2025/adv-1.json", "red/2025/adv-2.json"} {
		if _, err := os.Stat(filepath.Join(v.dir, path)); err != nil {
			t.Errorf("%v", err)
		}
	}
	if len(v.problems) > 0 {
		t.Errorf("problems:\n%s", strings.Join(v.problems, "\n"))
	}
}
