package importer

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
)

const kevSample = `{"title":"Catalogue","count":2,"vulnerabilities":[
	{"cveID":"CVE-2018-0171","knownRansomwareCampaignUse":"Unknown"},
	{"cveID":"CVE-2021-44228","knownRansomwareCampaignUse":"Known"}]}`

const epssSample = "#model_version:v2025.03.14,score_date:2026-11-21\ncve,epss,percentile\nCVE-2018-0171,0.91,0.99\nCVE-2021-44228,0.94358,0.99\n"

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadFeed(t *testing.T) {
	for _, c := range []struct {
		name string
		feed Feed
		body []byte
		want map[string]inventory.Threat
	}{
		{"KEV", KEV, []byte(kevSample), map[string]inventory.Threat{
			"CVE-2018-0171": {KEV: true}, "CVE-2021-44228": {KEV: true, Ransomware: true},
		}},
		{"EPSS", EPSS, []byte(epssSample), map[string]inventory.Threat{"CVE-2018-0171": {EPSS: 0.91}, "CVE-2021-44228": {EPSS: 0.94358}}},
		{"EPSS as it is published", EPSS, gzipped(t, epssSample), map[string]inventory.Threat{"CVE-2018-0171": {EPSS: 0.91}, "CVE-2021-44228": {EPSS: 0.94358}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadFeed(c.feed, c.body)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("feed (-want +got):\n%s", d)
			}
		})
	}
}

func TestReadFeedRefuses(t *testing.T) {
	whole := gzipped(t, epssSample)
	for _, c := range []struct {
		name string
		feed Feed
		body string
	}{
		{"an unknown feed", "nvd", kevSample},
		{"an HTML error page", KEV, "<html>503</html>"},
		{"a cut JSON", KEV, kevSample[:80]},
		{"fewer entries than it says", KEV, `{"count":3,"vulnerabilities":[{"cveID":"CVE-2018-0171"}]}`},
		{"an empty catalogue", KEV, `{"count":0,"vulnerabilities":[]}`},
		{"something else for a CVE", KEV, `{"count":1,"vulnerabilities":[{"cveID":"../etc"}]}`},
		{"other columns", EPSS, "id,score\nCVE-2018-0171,0.9\n"},
		{"a score above one", EPSS, "cve,epss,percentile\nCVE-2018-0171,1.1,1\n"},
		{"a score that is no number", EPSS, "cve,epss,percentile\nCVE-2018-0171,NaN,1\n"},
		{"no scores", EPSS, "cve,epss,percentile\n"},
		{"a cut row", EPSS, "cve,epss,percentile\nCVE-2018-0171,0.9\n"},
		{"a cut gzip", EPSS, string(whole[:len(whole)-12])},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadFeed(c.feed, []byte(c.body))
			if !errors.Is(err, inventory.ErrInvalid) || inventory.HintOf(err) == "" || got != nil {
				t.Errorf("ReadFeed = %v, %v; want nothing and an input error with a hint", got, err)
			}
		})
	}
}

// The catalogue as it was published one day, where it is at hand.
func TestReadFeedOfTheRealCatalogue(t *testing.T) {
	body, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "kev.json"))
	if errors.Is(err, os.ErrNotExist) {
		return // a clone by itself: the sample above stands for it
	}
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadFeed(KEV, body)
	if err != nil || len(got) != 1404 || !got["CVE-2021-44228"].Ransomware {
		t.Errorf("ReadFeed of the catalogue = %d entries, %v; want 1404", len(got), err)
	}
}

func FuzzReadFeed(f *testing.F) {
	f.Add("kev", []byte(kevSample))
	f.Add("epss", []byte(epssSample))
	f.Fuzz(func(t *testing.T, feed string, body []byte) {
		got, err := ReadFeed(Feed(feed), body)
		if (err == nil) != (len(got) > 0) {
			t.Errorf("ReadFeed = %d entries and %v", len(got), err)
		}
		for cve, threat := range got {
			if !cveID.MatchString(cve) || !(threat.EPSS >= 0 && threat.EPSS <= 1) {
				t.Errorf("ReadFeed gives %q %+v", cve, threat)
			}
		}
	})
}
