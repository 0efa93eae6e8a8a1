package strangers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// A Judgement is what csaf_checker says of one provider.
type Judgement struct {
	Passed       bool   `json:"passed"`
	Role         string `json:"role"`
	Requirements []struct {
		Num      int       `json:"num"`
		Messages []Message `json:"messages"`
	} `json:"requirements"`
}

// A Message of csaf_checker: 0 informs, 1 warns, 2 is an error.
type Message struct {
	Type int    `json:"type"`
	Text string `json:"text"`
}

// Faults reports whether the message is more than an information; that nobody
// lent the checker a validator is no fault of the provider.
func (m Message) Faults() bool {
	return m.Type > 0 && m.Text != "No remote validator configured"
}

// ReadJudgement reads csaf_checker's report on one provider.
func ReadJudgement(path string) (Judgement, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Judgement{}, fmt.Errorf("read csaf_checker's report: %w", err)
	}
	var r struct {
		Domains []Judgement `json:"domains"`
	}
	if err := json.Unmarshal(raw, &r); err != nil || len(r.Domains) != 1 {
		return Judgement{}, fmt.Errorf("read csaf_checker's report: %w: %s", err, raw)
	}
	return r.Domains[0], nil
}

// ReadDownloads reads csaf_downloader's log: how many documents it fetched, and
// the lines that tell of a failure.
func ReadDownloads(path string) (fetched int, faults []string, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return 0, nil, fmt.Errorf("read csaf_downloader's log: %w", err)
	}
	counted := false
	for line := range bytes.Lines(raw) {
		var l struct {
			Level     string `json:"level"`
			Msg       string `json:"msg"`
			Succeeded int    `json:"succeeded"`
			Failed    int    `json:"total_failed"`
		}
		if err := json.Unmarshal(line, &l); err != nil {
			return 0, nil, fmt.Errorf("read csaf_downloader's log: %w", err)
		}
		if l.Level == "ERROR" || l.Failed > 0 {
			faults = append(faults, string(bytes.TrimSpace(line)))
		}
		if l.Msg == "Download statistics" {
			fetched, counted = l.Succeeded, true
		}
	}
	if !counted {
		faults = append(faults, "no statistics")
	}
	return fetched, faults, nil
}
