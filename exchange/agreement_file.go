package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// maxAgreementFile is far more than the longest agreement.
const maxAgreementFile = 1 << 20

// agreementFile is an agreement as people write it down: what is agreed, and
// nothing that CIIScan finds out by itself.
type agreementFile struct {
	Team        TeamID    `json:"team"`
	Reference   string    `json:"reference"`
	Title       string    `json:"title"`
	Ours        Party     `json:"ours"`
	Theirs      Party     `json:"theirs"`
	EffectiveAt day       `json:"effective_at"`
	ExpiresAt   day       `json:"expires_at,omitzero"`
	AutoRenew   bool      `json:"auto_renew"`
	NoticeDays  int       `json:"notice_days"`
	ReviewAt    day       `json:"review_at,omitzero"`
	Reciprocity string    `json:"reciprocity"`
	Give        Terms     `json:"give"`
	Take        Terms     `json:"take"`
	Committee   []Member  `json:"committee"`
	Meetings    []Meeting `json:"meetings"`
	Themes      []Theme   `json:"themes"`
}

// day is a moment that people write as a day, or with a time where it matters.
type day struct{ time.Time }

func (d day) MarshalJSON() ([]byte, error) {
	if t := d.UTC(); !t.Equal(t.Truncate(24 * time.Hour)) {
		return json.Marshal(t.Format(time.RFC3339Nano))
	}
	return json.Marshal(d.UTC().Format(time.DateOnly))
}

func (d *day) UnmarshalJSON(raw []byte) error {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return badDay(string(raw))
	}
	if s == "" {
		return nil
	}
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(form, s); err == nil {
			d.Time = t.UTC()
			return nil
		}
	}
	return badDay(s)
}

func badDay(s string) error {
	return &inventory.InputError{Field: "date", Value: oneLine(s, 100), Message: "not a day", Hint: "write it like 2026-04-08, or 2026-04-08T09:00:00Z"}
}

// ParseAgreement reads the draft of an agreement from JSON with the keys of
// WriteAgreement, and normalises it. Keys that it does not know are mistakes:
// a misspelt one would be a promise that nobody keeps.
func ParseAgreement(r io.Reader) (Agreement, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxAgreementFile+1))
	if err != nil {
		return Agreement{}, fmt.Errorf("read agreement: %w", err)
	}
	if len(raw) > maxAgreementFile {
		return Agreement{}, &inventory.InputError{Field: "agreement", Message: "is longer than 1 MB", Hint: "give the agreement's JSON file, not the signed text"}
	}
	if key := keyTwice(json.NewDecoder(bytes.NewReader(raw))); key != "" {
		return Agreement{}, &inventory.InputError{Field: oneLine(key, 100), Message: "is there twice", Hint: "take one out: readers of the file would not know which holds"}
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var f agreementFile
	if err := dec.Decode(&f); err != nil {
		return Agreement{}, agreementMistake(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Agreement{}, &inventory.InputError{Field: "agreement", Message: "has something behind its end", Hint: "one file holds one agreement"}
	}
	a := Agreement{
		Team: f.Team, Reference: f.Reference, Title: f.Title, Ours: f.Ours, Theirs: f.Theirs, State: AgreementDraft,
		EffectiveAt: f.EffectiveAt.Time, ExpiresAt: f.ExpiresAt.Time, AutoRenew: f.AutoRenew, NoticeDays: f.NoticeDays, ReviewAt: f.ReviewAt.Time,
		Reciprocity: f.Reciprocity, Give: f.Give, Take: f.Take, Committee: f.Committee, Themes: f.Themes,
	}
	var m mistakes
	for i, x := range f.Meetings {
		if err := a.AddMeeting(x); err != nil {
			m.keep(fmt.Errorf("meetings[%d]: %w", i, err))
		}
	}
	a, err = a.Normalize()
	m.keep(err)
	if err := m.join(); err != nil {
		return Agreement{}, err
	}
	return a, nil
}

// keyTwice finds a key that an object of the next value has twice, in any
// case, and whatever is wrong with the JSON otherwise is for others to tell.
func keyTwice(dec *json.Decoder) string {
	open, err := dec.Token()
	if err != nil || open != json.Delim('{') && open != json.Delim('[') {
		return ""
	}
	seen := map[string]bool{}
	for dec.More() {
		if open == json.Delim('{') {
			t, err := dec.Token()
			key, ok := t.(string)
			if err != nil || !ok {
				return ""
			}
			if seen[strings.ToLower(key)] {
				return key
			}
			seen[strings.ToLower(key)] = true
		}
		if key := keyTwice(dec); key != "" {
			return key
		}
	}
	_, _ = dec.Token() // the end; what is missing shows when the whole is read
	return ""
}

func agreementMistake(err error) error {
	if _, ok := errors.AsType[*inventory.InputError](err); ok {
		return err
	}
	hint := "write one out of an agreement that exists, and change it"
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return &inventory.InputError{Field: e.Field, Message: fmt.Sprintf("is a %s, and should be a %s", e.Value, e.Type), Hint: hint}
	}
	return &inventory.InputError{Field: "agreement", Message: oneLine(err.Error(), 200), Hint: hint}
}

// WriteAgreement writes what is agreed as JSON that ParseAgreement reads.
func WriteAgreement(w io.Writer, a Agreement) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(agreementFile{
		Team: a.Team, Reference: a.Reference, Title: a.Title, Ours: a.Ours, Theirs: a.Theirs,
		EffectiveAt: day{a.EffectiveAt}, ExpiresAt: day{a.ExpiresAt}, AutoRenew: a.AutoRenew, NoticeDays: a.NoticeDays, ReviewAt: day{a.ReviewAt},
		Reciprocity: a.Reciprocity, Give: a.Give, Take: a.Take, Committee: a.Committee, Meetings: a.Meetings, Themes: a.Themes,
	})
}
