package importer

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
)

// MaxFeed bounds a feed, unpacked, in bytes. EPSS of all CVEs is about 10 MB.
const MaxFeed = 128 << 20

// maxCVEs bounds the entries of a feed.
const maxCVEs = 2_000_000

// A Feed is a source of knowledge about CVEs.
type Feed string

// Feeds.
const (
	KEV  Feed = "kev"  // CISA's catalogue of known exploited vulnerabilities, its JSON
	EPSS Feed = "epss" // FIRST's exploit prediction scores, its CSV, gzipped or not
)

var cveID = regexp.MustCompile(`^CVE-\d{4}-\d{4,}$`)

// ReadFeed reads a whole feed file. What it returns replaces what was known
// from that feed. A file that is not what the feed publishes, or that is cut
// short, is an InputError, and nothing of it is returned.
func ReadFeed(feed Feed, body []byte) (map[string]inventory.Threat, error) {
	switch feed {
	case KEV:
		return readKEV(body)
	case EPSS:
		return readEPSS(body)
	}
	return nil, &inventory.InputError{Field: "feed", Value: string(feed), Message: "unknown feed", Hint: "use kev or epss"}
}

func readKEV(body []byte) (map[string]inventory.Threat, error) {
	var catalogue struct {
		Count           int `json:"count"`
		Vulnerabilities []struct {
			CVE        string `json:"cveID"`
			Ransomware string `json:"knownRansomwareCampaignUse"`
		} `json:"vulnerabilities"`
	}
	if err := json.Unmarshal(body, &catalogue); err != nil {
		return nil, notTheFeed(KEV, fmt.Sprintf("it is not JSON: %v", err))
	}
	if len(catalogue.Vulnerabilities) == 0 || len(catalogue.Vulnerabilities) != catalogue.Count {
		return nil, notTheFeed(KEV, fmt.Sprintf("it says that it has %d entries and has %d", catalogue.Count, len(catalogue.Vulnerabilities)))
	}
	out := make(map[string]inventory.Threat, len(catalogue.Vulnerabilities))
	for i, v := range catalogue.Vulnerabilities {
		if !cveID.MatchString(v.CVE) {
			return nil, notTheFeed(KEV, fmt.Sprintf("entry %d has no CVE but %.40q", i+1, v.CVE))
		}
		out[v.CVE] = inventory.Threat{KEV: true, Ransomware: v.Ransomware == "Known"}
	}
	return out, nil
}

func readEPSS(body []byte) (map[string]inventory.Threat, error) {
	text, err := unpacked(body)
	if err != nil {
		return nil, err
	}
	rows := csv.NewReader(bytes.NewReader(text))
	rows.Comment = '#' // the first line names the model and its date
	head, err := rows.Read()
	if err != nil || len(head) < 2 || head[0] != "cve" || head[1] != "epss" {
		return nil, notTheFeed(EPSS, "its first columns are not cve and epss")
	}
	out := map[string]inventory.Threat{}
	for {
		row, err := rows.Read()
		switch {
		case errors.Is(err, io.EOF) && len(out) > 0:
			return out, nil
		case err != nil:
			return nil, notTheFeed(EPSS, fmt.Sprintf("it ends badly: %v", err))
		case len(out) == maxCVEs:
			return nil, notTheFeed(EPSS, "it has too many entries")
		}
		score, err := strconv.ParseFloat(row[1], 64)
		if line, _ := rows.FieldPos(0); err != nil || !(score >= 0 && score <= 1) || !cveID.MatchString(row[0]) {
			return nil, notTheFeed(EPSS, fmt.Sprintf("line %d is not a CVE and a score from 0 to 1", line))
		}
		out[row[0]] = inventory.Threat{EPSS: score}
	}
}

// unpacked returns body, out of its gzip where it is in one.
func unpacked(body []byte) ([]byte, error) {
	if !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, notTheFeed(EPSS, fmt.Sprintf("its gzip cannot be read: %v", err))
	}
	text, err := io.ReadAll(io.LimitReader(z, MaxFeed+1))
	switch {
	case err != nil:
		return nil, notTheFeed(EPSS, fmt.Sprintf("its gzip is broken: %v", err))
	case len(text) > MaxFeed:
		return nil, notTheFeed(EPSS, "it is far too large")
	}
	return text, nil
}

func notTheFeed(feed Feed, why string) error {
	return &inventory.InputError{
		Field: strings.ToUpper(string(feed)) + " feed", Message: why,
		Hint: "download it again, whole, and import it as it is; what is known stays as it was",
	}
}
