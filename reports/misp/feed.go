package misp

import (
	"bytes"
	"crypto/md5" //nolint:gosec // see HashesCSV
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
)

// An Entry is what a feed's manifest says of an event.
type Entry struct {
	Orgc        Org   `json:"Orgc"`
	Tags        []Tag `json:"Tag"`
	Info        Word  `json:"info"`
	Date        Word  `json:"date"`
	Analysis    Word  `json:"analysis"`
	ThreatLevel Word  `json:"threat_level_id"`
	Timestamp   Word  `json:"timestamp"`
	SHA256      Word  `json:"integrity:sha256,omitempty"` // of the event's file
	PGP         Word  `json:"integrity:pgp,omitempty"`    // its detached signature
}

// Entry is what a manifest says of e; its integrity is left to who has the file.
func (e Event) Entry() Entry {
	return Entry{
		Orgc: e.Orgc, Tags: e.Tags, Info: e.Info, Date: e.Date, Analysis: e.Analysis, ThreatLevel: e.ThreatLevel, Timestamp: e.Timestamp,
	}
}

// Manifest writes the list of a feed's events by their UUIDs.
func Manifest(entries map[string]Entry) ([]byte, error) {
	if entries == nil {
		entries = map[string]Entry{}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(entries); err != nil {
		return nil, fmt.Errorf("write MISP manifest: %w", err)
	}
	return b.Bytes(), nil
}

// ReadManifest reads somebody else's. Its entries' names are UUIDs in small
// letters, whatever else was in it is left out and counted: names become paths.
func ReadManifest(raw []byte, l Limits) (entries map[string]Entry, skipped int, err error) {
	l = l.filled()
	if err := bounded(raw, l); err != nil {
		return nil, 0, fmt.Errorf("read MISP manifest: %w", err)
	}
	var all map[string]json.RawMessage
	if trimmed := bytes.TrimSpace(raw); string(trimmed) == "[]" { // how PHP writes an empty map
		return map[string]Entry{}, 0, nil
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, 0, fmt.Errorf("read MISP manifest: %w", refuse("its manifest cannot be read: "+inventory.CleanText(err.Error(), 200), "ask the peer whether its feed is in order"))
	}
	if len(all) > l.Attributes {
		return nil, 0, fmt.Errorf("read MISP manifest: %w", refuse(fmt.Sprintf("the feed has %d events, more than %d", len(all), l.Attributes), "ask the peer for a feed of what is meant for us"))
	}
	entries = map[string]Entry{}
	for name, rawEntry := range all {
		var e Entry
		if !isUUID(name) || json.Unmarshal(rawEntry, &e) != nil || e.Timestamp.Unix() == 0 {
			skipped++
			continue
		}
		entries[strings.ToLower(name)] = e
	}
	return entries, skipped, nil
}

// HashesCSV writes a line "md5,uuid" for each value of e that stands, by which
// a MISP that only caches a feed finds what it knows.
//
// MD5 is the format's choice. It finds equal values here and proves nothing:
// what proves that an event is unchanged is the manifest's SHA-256.
func HashesCSV(e Event) []byte {
	var b bytes.Buffer
	seen := map[Word]bool{}
	add := func(all []Attribute) {
		for _, a := range all {
			if bool(a.Deleted) || a.Value == "" || seen[a.Value] {
				continue
			}
			seen[a.Value] = true
			sum := md5.Sum([]byte(a.Value)) //nolint:gosec // see above
			fmt.Fprintf(&b, "%s,%s\n", hex.EncodeToString(sum[:]), e.UUID)
		}
	}
	add(e.Attributes)
	for _, o := range e.Objects {
		if !o.Deleted {
			add(o.Attributes)
		}
	}
	return b.Bytes()
}
